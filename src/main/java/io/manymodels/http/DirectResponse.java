package io.manymodels.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.function.BiConsumer;

/** The form in which an answer leaves by the direct port. Stateless. */
final class DirectResponse {
  /** Names and values are ours. */
  private static final HttpHeadersFactory HEADERS =
      DefaultHttpHeadersFactory.headersFactory().withValidation(false);

  private static final int NO_CONTENT = 204;
  private static final byte[] NOTHING = {};

  private DirectResponse() {}

  /** Tells a client that waits to be told (Expect: 100-continue) to send its body. */
  static FullHttpResponse goOn() {
    return new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE);
  }

  /** {@link #goOn()} for a stream of HTTP/2. */
  static Http2Headers goOnStreamed() {
    return new DefaultHttp2Headers(false).status(HttpResponseStatus.CONTINUE.codeAsText());
  }

  /**
   * An answer to a request.
   *
   * @param keepAlive whether the connection stays open
   */
  static FullHttpResponse encode(Exchange exchange, HttpResponse response, boolean keepAlive) {
    FullHttpResponse encoded =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(response.status()),
            Unpooled.wrappedBuffer(sent(exchange, response)),
            HEADERS,
            HEADERS);
    fields(exchange, response, encoded.headers()::set);
    if (!keepAlive) {
      encoded.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (exchange.isHttp10()) {
      encoded.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
    return encoded;
  }

  /** The head of a stream, after which the connection ends; in chunks from HTTP/1.1 on. */
  static DefaultHttpResponse stream(Exchange exchange, HttpResponse response) {
    DefaultHttpResponse head =
        new DefaultHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(response.status()), HEADERS);
    streamed(exchange, response, head.headers()::set);
    if (!exchange.isHttp10()) {
      HttpUtil.setTransferEncodingChunked(head, true);
    }
    head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    return head;
  }

  /** The head of a stream of events in a stream of HTTP/2. */
  static Http2Headers streamHeaders(Exchange exchange, HttpResponse response) {
    Http2Headers headers = http2(response);
    streamed(exchange, response, (name, value) -> set(headers, name, value));
    return headers;
  }

  /** The head of an answer to a request in a stream of HTTP/2, whose names are in lower case. */
  static Http2Headers headers(Exchange exchange, HttpResponse response) {
    Http2Headers headers = http2(response);
    fields(exchange, response, (name, value) -> set(headers, name, value));
    return headers;
  }

  private static Http2Headers http2(HttpResponse response) {
    return new DefaultHttp2Headers(false)
        .status(HttpResponseStatus.valueOf(response.status()).codeAsText());
  }

  private static void set(Http2Headers headers, CharSequence name, Object value) {
    headers.set(AsciiString.of(name).toLowerCase(), value.toString());
  }

  /** The bytes that follow the head: none after HEAD. */
  static byte[] sent(Exchange exchange, HttpResponse response) {
    return exchange.method().equals(HttpMethod.HEAD) ? NOTHING : response.body();
  }

  private static void fields(
      Exchange exchange, HttpResponse response, BiConsumer<CharSequence, Object> headers) {
    if (response.status() != NO_CONTENT) {
      headers.accept(HttpHeaderNames.CONTENT_TYPE, response.contentType());
      headers.accept(HttpHeaderNames.CONTENT_LENGTH, response.body().length);
    }
    always(exchange, response, headers);
  }

  private static void streamed(
      Exchange exchange, HttpResponse response, BiConsumer<CharSequence, Object> headers) {
    headers.accept(HttpHeaderNames.CONTENT_TYPE, LiveStream.CONTENT_TYPE);
    always(exchange, response, headers);
  }

  private static void always(
      Exchange exchange, HttpResponse response, BiConsumer<CharSequence, Object> headers) {
    headers.accept(HttpHeaderNames.DATE, HttpDate.now());
    headers.accept(Exchange.REQUEST_ID, exchange.id());
    response.headers().forEach(headers);
  }
}
