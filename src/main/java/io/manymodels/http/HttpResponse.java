package io.manymodels.http;

import java.util.Map;

/** An HTTP answer on its way to the proxy's middleware, which adds X-Request-Id. */
record HttpResponse(int status, String contentType, Map<String, String> headers, String body) {
  private static final String JSON = "application/json";

  HttpResponse {
    headers = Map.copyOf(headers);
  }

  static HttpResponse json(String body) {
    return new HttpResponse(200, JSON, Map.of(), body);
  }
}
