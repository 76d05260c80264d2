package io.manymodels.http;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;

/**
 * The handlers of a new connection: TLS where the port has it, and HTTP/1.1, which gives way to
 * HTTP/2 when a client begins so. Stateless.
 */
final class ConnectionHandlers {
  static final int MAX_HEAD_BYTES = 32_768;
  private static final int MAX_LINE_BYTES = 8_192;
  private static final int MAX_CHUNK_BYTES = 65_536;

  /** After which a half-open TLS connection is closed, unless a request must come even sooner. */
  private static final Duration HANDSHAKE = Duration.ofSeconds(10);

  private ConnectionHandlers() {}

  static void add(Channel connection, DirectIngress ingress, Callers callers) {
    ChannelPipeline handlers = connection.pipeline();
    callers
        .tls()
        .ifPresent(
            tls -> {
              SslHandler handler = tls.context().newHandler(connection.alloc());
              handler.setHandshakeTimeoutMillis(
                  Math.min(HANDSHAKE.toMillis(), callers.receipt().toMillis()));
              handlers.addLast(handler);
            });
    if (!callers.areProxies()) {
      handlers.addLast(new FirstBytes(ingress, callers));
    }
    HttpDecoderConfig limits =
        new HttpDecoderConfig()
            .setMaxInitialLineLength(MAX_LINE_BYTES)
            .setMaxHeaderSize(MAX_HEAD_BYTES)
            .setMaxChunkSize(MAX_CHUNK_BYTES);
    handlers
        .addLast(new HttpRequestDecoder(limits))
        .addLast(new HttpResponseEncoder())
        .addLast(new DirectConnection(ingress, callers));
  }

  /** What a client is told whose request has a head that cannot be read. */
  static ServingException malformed(Throwable why) {
    return new ServingException(
        ErrorCode.INVALID_INPUT,
        why instanceof TooLongFrameException
            ? "the head of a request has at most "
                + MAX_HEAD_BYTES
                + " bytes, and its first line "
                + MAX_LINE_BYTES
            : "this is not an HTTP/1.1 request");
  }
}
