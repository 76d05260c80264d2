package io.manymodels.protocol.v2;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.access.Caller;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.http.Blocking;
import io.manymodels.http.Body;
import io.manymodels.http.Door;
import io.manymodels.http.HttpResponse;
import io.manymodels.http.IngressRequest;
import io.manymodels.http.MethodNotAllowedException;
import io.manymodels.http.Problem;
import io.manymodels.json.Json;
import io.manymodels.loading.ModelDescriptions.Described;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.protocol.v2.InferResponseWriter.Written;
import io.manymodels.tensor.Signature;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Open Inference Protocol V2 over HTTP, with the extensions of Triton. Thread-safe. */
public final class V2Door implements Door {
  private static final int MAX_LOAD_MS = 25_000;
  private static final int UNSUPPORTED_MEDIA_TYPE = 415;
  private static final String JSON = "application/json";

  private final V2Models models;

  public V2Door(V2Models models) {
    this.models = models;
  }

  private record Live(boolean live) {}

  private record Ready(boolean ready) {}

  private record ModelReady(String name, boolean ready) {}

  private record Names(List<String> models) {}

  private record Loaded(String name, String version, boolean load) {}

  private record Failure(String error) {}

  @Override
  public String protocol() {
    return "v2";
  }

  @Override
  public boolean has(String path) {
    return V2Route.has(path);
  }

  @Override
  public boolean isFree(String path) {
    return path.startsWith("/v2/health/");
  }

  @Override
  public CompletableFuture<HttpResponse> answer(
      IngressRequest request, Caller caller, Executor blocking) {
    long arrived = Ticker.SYSTEM.nanos();
    V2Route route = V2Route.of(request.path());
    MethodNotAllowedException.check(request, route.call().methods());
    return switch (route.call()) {
      case SERVER -> now(V2Documents.server());
      case LIVE -> now(new Live(true));
      case READY -> {
        HttpResponse ready = json(new Ready(models.isReady()));
        yield CompletableFuture.completedFuture(
            models.isReady() ? ready : new HttpResponse(503, JSON, Map.of(), ready.body()));
      }
      case ALL_STATISTICS -> now(models.statistics(caller));
      case INFER -> infer(request, caller, route, blocking, arrived);
      default -> Blocking.answer(blocking, () -> json(document(request, caller, route)));
    };
  }

  /** What can be told only after a look into the registry. */
  private Object document(IngressRequest request, Caller caller, V2Route route) {
    if (route.call() == V2Route.Call.MODELS) {
      return new Names(models.names(caller));
    }
    if (route.call() == V2Route.Call.INDEX) {
      return models.index(caller, RepositoryBody.wantsReady(body(request)));
    }
    NamedModel model = NamedModel.of(route.model(), route.version());
    return switch (route.call()) {
      case MODEL -> V2Documents.model(models.describe(caller, model));
      case MODEL_READY -> {
        Described unused = models.describe(caller, model);
        yield new ModelReady(model.tenant().value(), true);
      }
      case CONFIG -> models.config(caller, model);
      case STATISTICS -> models.statistics(caller, model);
      case LOAD -> {
        Deadline deadline = request.deadline(MAX_LOAD_MS, Ticker.SYSTEM);
        RepositoryBody.checkLoad(body(request));
        String version = models.load(caller, model.tenant(), deadline).version().toString();
        yield new Loaded(model.tenant().value(), version, true);
      }
      case UNLOAD -> throw models.unloadRefusal(caller, model.tenant());
      default -> throw new IllegalStateException("no document for " + route.call());
    };
  }

  private String body(IngressRequest request) {
    return request.limitedBody(models.limits()).text();
  }

  private CompletableFuture<HttpResponse> infer(
      IngressRequest request, Caller caller, V2Route route, Executor blocking, long arrived) {
    NamedModel model = NamedModel.of(route.model(), route.version());
    DispatcherConfig limits = models.limits();
    Deadline deadline = request.deadline(limits.deadlineMs(), Ticker.SYSTEM);
    Body body = request.limitedBody(limits);
    Optional<Integer> jsonLength = InferBody.jsonLength(request.header(InferBody.HEADER), body);
    CompletableFuture<InferResponse> answer;
    if (jsonLength.isPresent() && jsonLength.get() == 0) {
      answer =
          Blocking.answer(
                  blocking,
                  () -> RawTensor.request(body, signature(models.describe(caller, model))))
              .thenCompose(
                  read -> models.infer(caller, model, read, deadline, request.observed(), arrived));
    } else {
      InferRequest read = InferBody.read(body, jsonLength, limits.maxValues());
      answer = models.infer(caller, model, read, deadline, request.observed(), arrived);
    }
    return answer.thenApply(V2Door::response);
  }

  private static Signature signature(Described described) {
    return described
        .artifact()
        .usage()
        .signature()
        .orElseThrow(
            () ->
                new ServingException(
                    ErrorCode.LOAD_FAILED, described.note().orElse("its inputs are not known")));
  }

  private static HttpResponse response(InferResponse response) {
    Written written = InferResponseWriter.write(response);
    return written.isBinary()
        ? HttpResponse.bytes(
            Map.of(InferBody.HEADER, String.valueOf(written.jsonLength())), written.bytes())
        : HttpResponse.json(written.bytes());
  }

  private static CompletableFuture<HttpResponse> now(Object document) {
    return CompletableFuture.completedFuture(json(document));
  }

  /**
   * Of all answers, tritonclient's http.aio unpacks those of infer alone, and asks for gzip always.
   */
  private static HttpResponse json(Object document) {
    return HttpResponse.plainJson(Json.write(document).getBytes(UTF_8));
  }

  /** What the client got wrong is 400, whatever it is; else as everywhere. */
  @Override
  public HttpResponse failure(ServingException failure, String requestId) {
    int status =
        switch (failure.code()) {
          case INPUT_MISMATCH -> 400;
          default -> Problem.status(failure.code());
        };
    String detail = String.valueOf(failure.getMessage());
    String error =
        failure.code() == ErrorCode.INTERNAL && !requestId.isEmpty()
            ? detail + ": " + requestId
            : detail;
    // Of a body only its coding can be of the wrong kind here; those there are: RFC 9110, 12.5.3.
    Map<String, String> headers =
        status == UNSUPPORTED_MEDIA_TYPE ? Map.of("accept-encoding", "gzip, deflate") : Map.of();
    return new HttpResponse(status, JSON, headers, Json.write(new Failure(error)));
  }
}
