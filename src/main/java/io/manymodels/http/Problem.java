package io.manymodels.http;

import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Errors as problem JSON (RFC 9457). Stateless. */
public final class Problem {
  static final String CONTENT_TYPE = "application/problem+json";
  static final String TYPE_PREFIX = "urn:many-models:problem:";

  private Problem() {}

  /** The HTTP status of every error. */
  public static int status(ErrorCode code) {
    return switch (code) {
      case INVALID_INPUT -> 400;
      case UNAUTHENTICATED -> 401;
      case FORBIDDEN -> 403;
      case NOT_FOUND, MODEL_NOT_FOUND, MODEL_VERSION_NOT_FOUND -> 404;
      case METHOD_NOT_ALLOWED -> 405;
      case VERSION_EXISTS, VERSION_LIVE -> 409;
      case PAYLOAD_TOO_LARGE -> 413;
      case UNSUPPORTED_MEDIA_TYPE -> 415;
      case HEADERS_TOO_LARGE -> 431;
      case INPUT_MISMATCH, DEDICATED_POOL_REFUSED -> 422;
      case TENANT_OVER_SHARE, QUOTA_EXCEEDED -> 429;
      case INTERNAL -> 500;
      case ARTIFACT_CORRUPT, LOAD_FAILED, MODEL_CRASHED -> 502;
      case OVERLOADED, NO_REPLICA, STORE_UNAVAILABLE, ISSUER_UNAVAILABLE -> 503;
      case DEADLINE_EXCEEDED -> 504;
    };
  }

  public static HttpResponse of(ServingException e, String requestId) {
    int status = status(e.code());
    Document document =
        new Document(
            TYPE_PREFIX + e.code().wireName(),
            e.code().title(),
            status,
            String.valueOf(e.getMessage()),
            requestId.isEmpty() ? null : requestId,
            e.violations().isEmpty() ? null : e.violations());
    return FailureHeaders.add(
        e, new HttpResponse(status, CONTENT_TYPE, Map.of(), Json.write(document)));
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
