package io.manymodels.http;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
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

  /** Why a request's head could not be read. */
  static ServingException unread(Throwable cause) {
    if (cause instanceof TooLongHttpHeaderException) {
      String limit = "the headers of a request have at most " + MAX_HEAD_BYTES + " bytes";
      return new ServingException(ErrorCode.HEADERS_TOO_LARGE, limit, cause);
    }
    if (cause instanceof TooLongHttpLineException) {
      String limit = "the first line of a request has at most " + MAX_LINE_BYTES + " bytes";
      return new ServingException(ErrorCode.HEADERS_TOO_LARGE, limit, cause);
    }
    return new ServingException(ErrorCode.INVALID_INPUT, "this is not an HTTP/1.1 request", cause);
  }

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
}
