package io.manymodels.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
      case TENANT_OVER_SHARE -> 429;
      case INTERNAL -> 500;
      case ARTIFACT_CORRUPT, LOAD_FAILED, MODEL_CRASHED -> 502;
      case OVERLOADED, NO_REPLICA, STORE_UNAVAILABLE -> 503;
      case DEADLINE_EXCEEDED -> 504;
    };
  }

  static HttpResponse of(ServingException e, String requestId) {
    return of(e.code(), String.valueOf(e.getMessage()), e.violations(), Map.of(), requestId);
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
      allHeaders.put("retry-after", "1");
    }
    if (status == 401) {
      allHeaders.put("www-authenticate", "Bearer");
    }
    return new HttpResponse(
        status, CONTENT_TYPE, allHeaders, body(code, status, detail, violations, requestId));
  }

  private static String body(
      ErrorCode code, int status, String detail, List<Violation> violations, String requestId) {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = Json.mapper().createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("type", TYPE_PREFIX + code.wireName());
      json.writeStringField("title", code.title());
      json.writeNumberField("status", status);
      json.writeStringField("detail", detail);
      if (!requestId.isEmpty()) {
        json.writeStringField("instance", requestId);
      }
      if (!violations.isEmpty()) {
        json.writeArrayFieldStart("errors");
        for (Violation violation : violations) {
          json.writeStartObject();
          json.writeStringField("pointer", violation.pointer());
          json.writeStringField("detail", violation.detail());
          json.writeEndObject();
        }
        json.writeEndArray();
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return out.toString();
  }
}
