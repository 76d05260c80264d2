package io.manymodels.protocol.console;

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
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * {@code GET /console}, the live page, and the files that it consists of. Everybody may read them:
 * what the page shows it asks for by the calls of operators, as whoever looks at it. Thread-safe.
 */
public final class ConsoleDoor implements Door {
  private static final String PAGE = "/console";
  private static final String FILES = PAGE + "/";

  /** Those of the library that draws charts. */
  private static final Set<String> LIBRARY = Set.of("uPlot.esm.js", "uPlot.min.css");

  /** Asked for again each time, so that the files of two versions never meet. */
  private static final String CACHING = "no-cache";

  private static final WebJar CHARTS = new WebJar("org.webjars.npm", "uplot");

  /** Beside the policy of all pages: no script may make markup or code of text (Trusted Types). */
  private static final String NO_MARKUP = "; require-trusted-types-for 'script'; trusted-types";

  /** Beside the page and the library. */
  static final Set<String> OWN =
      Set.of(
          "access.js",
          "actions.js",
          "charts.js",
          "client.js",
          "dashboard.js",
          "deployments.js",
          "dom.js",
          "events.js",
          "format.js",
          "history.js",
          "main.js",
          "metrics.js",
          "moves.js",
          "score.js",
          "search.js",
          "style.css",
          "tenant.js",
          "tenants.js",
          "tiers.js",
          "troubles.js",
          "virtual.js");

  @Override
  public String protocol() {
    return "documents";
  }

  @Override
  public boolean has(String path) {
    return path.equals(PAGE) || path.startsWith(FILES);
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
    if (path.equals(PAGE)) {
      return own("page.html");
    }
    String name = path.substring(FILES.length());
    if (LIBRARY.contains(name)) {
      return answer(name, CHARTS.file("dist/" + name));
    }
    if (OWN.contains(name)) {
      return own(name);
    }
    throw new ServingException(ErrorCode.NOT_FOUND, "there is nothing at this path");
  }

  private static HttpResponse own(String name) {
    return answer(name, PageFiles.read(FILES + name));
  }

  private static HttpResponse answer(String name, byte[] body) {
    HttpResponse response = PageFiles.answer(name, CACHING, body);
    String policy = response.headers().get(PageFiles.POLICY_NAME);
    return response.with(PageFiles.POLICY_NAME, policy + NO_MARKUP);
  }

  @Override
  public HttpResponse failure(ServingException failure, String requestId) {
    return Problem.of(failure, requestId);
  }
}
