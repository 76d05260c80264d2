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
import io.manymodels.protocol.pages.PageFiles;
import io.manymodels.protocol.pages.WebJar;
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

  /** An hour, and then it is asked for again. */
  private static final String CACHING = "max-age=3600";

  private static final WebJar VIEWER = new WebJar("org.webjars", "swagger-ui");

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
      case DOCUMENT -> PageFiles.answerAs("application/json", CACHING, OpenApiDocument.json());
      case PAGE -> own("page.html");
      case FILES + "page.js" -> own("page.js");
      case FILES + "swagger-ui.css" -> viewers("swagger-ui.css");
      case FILES + "swagger-ui-bundle.js" -> viewers("swagger-ui-bundle.js");
      default -> throw new ServingException(ErrorCode.NOT_FOUND, "there is nothing at this path");
    };
  }

  private static HttpResponse own(String name) {
    return PageFiles.answer(name, CACHING, OpenApiDocument.file(name));
  }

  private static HttpResponse viewers(String name) {
    return PageFiles.answer(name, CACHING, VIEWER.file(name));
  }

  @Override
  public HttpResponse failure(ServingException failure, String requestId) {
    return Problem.of(failure, requestId);
  }
}
