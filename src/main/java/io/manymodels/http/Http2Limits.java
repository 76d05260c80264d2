package io.manymodels.http;

import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Settings;

/**
 * What a client may do on a connection by HTTP/2; makes its handler. The limits are against floods
 * that cost the other side little: streams that are reset at once (CVE-2023-44487, and
 * CVE-2025-55163 where this side is made to reset them), CONTINUATION, empty and control frames.
 */
final class Http2Limits
    extends AbstractHttp2ConnectionHandlerBuilder<MultiplexedConnection, Http2Limits> {
  /** Requests at a time; RFC 9113, 6.5.2, advises against fewer. */
  static final int MAX_STREAMS = 100;

  /** Of each stream: how much of a body a client sends before it hears from us. */
  static final int WINDOW_BYTES = 1 << 20;

  /** Streams that may be reset in {@link #RESETS_SECONDS}, by the client or because of it. */
  static final int MAX_RESETS = 200;

  static final int RESETS_SECONDS = 30;

  /** SETTINGS, PING, PRIORITY and unknown frames between two looks at a connection. */
  static final int MAX_CONTROL_FRAMES = 1_000;

  private static final int MAX_EMPTY_FRAMES = 8;

  private final DirectIngress ingress;
  private final Callers callers;

  private Http2Limits(DirectIngress ingress, Callers callers) {
    this.ingress = ingress;
    this.callers = callers;
    server(true);
    initialSettings(
        new Http2Settings()
            .maxConcurrentStreams(MAX_STREAMS)
            .maxHeaderListSize(ConnectionHandlers.MAX_HEAD_BYTES)
            .initialWindowSize(WINDOW_BYTES));
    decoderEnforceMaxRstFramesPerWindow(MAX_RESETS, RESETS_SECONDS);
    encoderEnforceMaxRstFramesPerWindow(MAX_RESETS, RESETS_SECONDS);
    decoderEnforceMaxConsecutiveEmptyDataFrames(MAX_EMPTY_FRAMES);
    decoderEnforceMaxSmallContinuationFrames(MAX_EMPTY_FRAMES);
    encoderEnforceMaxQueuedControlFrames(MAX_CONTROL_FRAMES);
    validateRequiredPseudoHeaders(true);
    // GOAWAY is said when draining begins, which is long before the end.
    decoupleCloseAndGoAway(true);
  }

  static MultiplexedConnection connection(DirectIngress ingress, Callers callers) {
    return new Http2Limits(ingress, callers).build();
  }

  @Override
  protected MultiplexedConnection build(
      Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
    return new MultiplexedConnection(decoder, encoder, settings, ingress, callers);
  }
}
