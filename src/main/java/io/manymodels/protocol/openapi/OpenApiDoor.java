package io.manymodels.protocol.openapi;

import io.manymodels.access.Caller;
import io.manymodels.http.Blocking;
import io.manymodels.http.Door;
import io.manymodels.http.HttpResponse;
import io.manymodels.http.IngressRequest;
import io.manymodels.http.MethodNotAllowedException;
import io.manymodels.http.Problem;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * {@code GET /openapi.json}, and {@code GET /docs}, a page that shows it by Swagger UI: all of it
 * comes from here, and the page may ask nobody else. Everybody may read both. Thread-safe.
 */
public final class OpenApiDoor implements Door {
  private static final String DOCUMENT = "/openapi.json";
  private static final String PAGE = "/docs";
  private static final String FILES = PAGE + "/";

  /** Nothing but what comes from this server; pictures stand in the style sheet. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final Map<String, String> HEADERS =
      Map.of(
          "content-security-policy", POLICY,
          "x-content-type-options", "nosniff",
          "referrer-policy", "no-referrer",
          "cache-control", "max-age=3600");

  @Override
  public String protocol() {
    return "documents";
  }

  @Override
  public boolean has(String path) {
    return path.equals(DOCUMENT) || path.equals(PAGE) || path.startsWith(FILES);
  }

  @Override
  public boolean isFree(String path) {
    return true;
  }

  @Override
  public CompletableFuture<HttpResponse> answer(
      IngressRequest request, Caller caller, Executor blocking) {
    MethodNotAllowedException.check(request, MethodNotAllowedException.GET);
    // It reads the jar.
    return Blocking.answer(blocking, () -> file(request.path()));
  }

  private static HttpResponse file(String path) {
    return switch (path) {
      case DOCUMENT -> answer("application/json", OpenApiDocument.json());
      case PAGE -> answer("text/html; charset=utf-8", PageFiles.own("page.html"));
      case FILES + "page.js" -> answer("text/javascript", PageFiles.own("page.js"));
      case FILES + "swagger-ui.css" -> answer("text/css", PageFiles.viewer("swagger-ui.css"));
      case FILES + "swagger-ui-bundle.js" ->
          answer("text/javascript", PageFiles.viewer("swagger-ui-bundle.js"));
      default -> throw new ServingException(ErrorCode.NOT_FOUND, "there is nothing at this path");
    };
  }

  private static HttpResponse answer(String contentType, byte[] body) {
    return new HttpResponse(200, contentType, HEADERS, body);
  }

  @Override
  public HttpResponse failure(ServingException failure, String requestId) {
    return Problem.of(failure, requestId);
  }
}
