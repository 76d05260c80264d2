package io.manymodels.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;

/** The form in which an answer leaves by the direct port. Stateless. */
final class DirectResponse {
  /** Names and values are ours. */
  private static final HttpHeadersFactory HEADERS =
      DefaultHttpHeadersFactory.headersFactory().withValidation(false);

  private DirectResponse() {}

  /** Tells a client that waits to be told (Expect: 100-continue) to send its body. */
  static FullHttpResponse goOn() {
    return new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE);
  }

  /**
   * An answer to a request.
   *
   * @param keepAlive whether the connection stays open
   */
  static FullHttpResponse encode(Exchange exchange, HttpResponse response, boolean keepAlive) {
    ByteBuf body = Unpooled.wrappedBuffer(response.body());
    int length = body.readableBytes();
    if (exchange.method().equals(HttpMethod.HEAD)) {
      body.clear();
    }
    FullHttpResponse encoded =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(response.status()),
            body,
            HEADERS,
            HEADERS);
    encoded
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, response.contentType())
        .setInt(HttpHeaderNames.CONTENT_LENGTH, length)
        .set(HttpHeaderNames.DATE, HttpDate.now())
        .set(Exchange.REQUEST_ID, exchange.id());
    response.headers().forEach((name, value) -> encoded.headers().set(name, value));
    if (!keepAlive) {
      encoded.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (exchange.isHttp10()) {
      encoded.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
    return encoded;
  }
}
