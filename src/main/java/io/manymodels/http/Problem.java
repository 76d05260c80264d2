package io.manymodels.http;

import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Errors as problem JSON (RFC 9457). Stateless. */
final class Problem {
  static final String CONTENT_TYPE = "application/problem+json";
  static final String TYPE_PREFIX = "urn:many-models:problem:";

  private Problem() {}

  /** The HTTP status of every error. */
  static int status(ErrorCode code) {
    return switch (code) {
      case INVALID_INPUT -> 400;
      case UNAUTHENTICATED -> 401;
      case FORBIDDEN -> 403;
      case NOT_FOUND, MODEL_NOT_FOUND, MODEL_VERSION_NOT_FOUND -> 404;
      case METHOD_NOT_ALLOWED -> 405;
      case VERSION_EXISTS, VERSION_LIVE -> 409;
      case PAYLOAD_TOO_LARGE -> 413;
      case UNSUPPORTED_MEDIA_TYPE -> 415;
      case INPUT_MISMATCH, DEDICATED_POOL_REFUSED -> 422;
      case TENANT_OVER_SHARE, QUOTA_EXCEEDED -> 429;
      case INTERNAL -> 500;
      case ARTIFACT_CORRUPT, LOAD_FAILED, MODEL_CRASHED -> 502;
      case OVERLOADED, NO_REPLICA, STORE_UNAVAILABLE, ISSUER_UNAVAILABLE -> 503;
      case DEADLINE_EXCEEDED -> 504;
    };
  }

  static HttpResponse of(ServingException e, String requestId) {
    Map<String, String> headers =
        e.code() == ErrorCode.QUOTA_EXCEEDED
            ? Map.of("retry-after", String.valueOf(e.retryAfterSeconds()))
            : Map.of();
    return of(e.code(), String.valueOf(e.getMessage()), e.violations(), headers, requestId);
  }

  /**
   * The answer to a method that a path does not take.
   *
   * @param allowed the methods that it takes, in the order in which they are told
   */
  static HttpResponse methodNotAllowed(List<String> allowed, String requestId) {
    String allow = String.join(", ", allowed);
    return of(
        ErrorCode.METHOD_NOT_ALLOWED,
        "this path takes " + allow,
        List.of(),
        Map.of("allow", allow),
        requestId);
  }

  static HttpResponse of(
      ErrorCode code,
      String detail,
      List<Violation> violations,
      Map<String, String> headers,
      String requestId) {
    int status = status(code);
    Map<String, String> allHeaders = new HashMap<>(headers);
    if (status == 429 || status == 503) {
      allHeaders.putIfAbsent("retry-after", "1");
    }
    if (status == 401) {
      allHeaders.put("www-authenticate", "Bearer");
    }
    Document document =
        new Document(
            TYPE_PREFIX + code.wireName(),
            code.title(),
            status,
            detail,
            requestId.isEmpty() ? null : requestId,
            violations.isEmpty() ? null : violations);
    return new HttpResponse(status, CONTENT_TYPE, allHeaders, Json.write(document));
  }

  /** The members of RFC 9457, in their order, and {@code errors}; null ones are left out. */
  private record Document(
      String type,
      String title,
      int status,
      String detail,
      @Nullable String instance,
      @Nullable List<Violation> errors) {}
}
