package io.manymodels.http;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;

/** Checks the headers about a body: it must be JSON, and not compressed. Stateless. */
final class ContentHeaders {
  private ContentHeaders() {}

  /**
   * Checks the headers Content-Type and Content-Encoding. Without a type the body counts as JSON.
   * Names are compared without case, and parameters do not matter: JSON has none, and is UTF-8
   * whatever a {@code charset} says (RFC 8259, 8.1 and 11).
   *
   * @throws ServingException {@code UNSUPPORTED_MEDIA_TYPE}
   */
  static void check(IngressRequest request) {
    MediaType.of(request).requireJson();
    if (!ContentCodings.named(request.header(ContentCodings.NAME).orElse("")).isEmpty()) {
      throw new ServingException(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE, "the body must not be compressed");
    }
  }
}
