package io.manymodels.http;

import io.manymodels.model.ServingException;

/** The headers that belong to a failure, whatever the protocol. Stateless. */
final class FailureHeaders {
  private FailureHeaders() {}

  /**
   * Adds {@code Allow} (RFC 9110, 10.2.1), {@code Retry-After} in seconds (10.2.3) and {@code
   * WWW-Authenticate} (11.6.1).
   */
  static HttpResponse add(ServingException failure, HttpResponse response) {
    if (failure instanceof MethodNotAllowedException method) {
      return response.with("allow", method.allow());
    }
    return switch (response.status()) {
      case 401 -> response.with("www-authenticate", "Bearer");
      case 429, 503 -> response.with("retry-after", String.valueOf(failure.retryAfterSeconds()));
      default -> response;
    };
  }
}
