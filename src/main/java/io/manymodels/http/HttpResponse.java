package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;

/**
 * An HTTP answer on its way to a connection or to the proxy's middleware, which add X-Request-Id.
 * Nobody writes to the body's bytes any more.
 */
@SuppressWarnings("ArrayRecordComponent")
record HttpResponse(int status, String contentType, Map<String, String> headers, byte[] body) {
  private static final String JSON = "application/json";

  HttpResponse {
    headers = Map.copyOf(headers);
  }

  HttpResponse(int status, String contentType, Map<String, String> headers, String body) {
    this(status, contentType, headers, body.getBytes(UTF_8));
  }

  static HttpResponse json(String body) {
    return new HttpResponse(200, JSON, Map.of(), body);
  }

  static HttpResponse json(byte[] body) {
    return new HttpResponse(200, JSON, Map.of(), body);
  }

  /** The body, which is UTF-8. */
  String text() {
    return new String(body, UTF_8);
  }
}
