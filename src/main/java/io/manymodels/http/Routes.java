package io.manymodels.http;

import io.manymodels.access.Caller;
import io.manymodels.access.Gate;
import io.manymodels.access.Role;
import io.manymodels.application.DecisionsQuestion;
import io.manymodels.application.Dispatcher;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.json.Json;
import io.manymodels.json.ModelJson;
import io.manymodels.loading.ModelDescriptions;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.scoring.TableSnapshot;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Maps each path and method to the call behind it. Thread-safe. */
final class Routes {
  /** Under the 30 s after which the proxy gives up. */
  private static final int MAX_POOL_CHANGE_MS = 25_000;

  private static final int MAX_REFRESH_MS = 25_000;

  private static final int MAX_QUESTION_MS = 2_000;
  private static final String TENANT_PATH = "/placement/";
  private static final String MODEL_PATH = "/models/";

  private static final Set<String> POST = Set.of("POST");
  private static final Set<String> GET = Set.of("GET", "HEAD");

  private final Dispatcher<DeploymentMap> dispatcher;
  private final ModelDescriptions models;
  private final Gate gate;

  Routes(Dispatcher<DeploymentMap> dispatcher, ModelDescriptions models, Gate gate) {
    this.dispatcher = dispatcher;
    this.models = models;
    this.gate = gate;
  }

  /**
   * Answers; fails with {@link ServingException}, or throws it, with what the client is told.
   *
   * @param blocking runs what waits for other replicas, which a /score never does
   */
  CompletableFuture<HttpResponse> answer(IngressRequest request, Executor blocking) {
    return gate.authenticate(request.header("authorization"), request.header("x-api-key"))
        .thenCompose(caller -> answer(request, caller, blocking));
  }

  private CompletableFuture<HttpResponse> answer(
      IngressRequest request, Caller caller, Executor blocking) {
    if (request.path().equals("/score")) {
      return allowed(POST, request)
          ? score(request, caller)
          : CompletableFuture.completedFuture(notAllowed(POST, request));
    }
    try {
      return CompletableFuture.supplyAsync(() -> answerOperator(request, caller), blocking);
    } catch (RejectedExecutionException e) {
      throw new ServingException(ErrorCode.OVERLOADED, "too many operators' requests wait", e);
    }
  }

  private HttpResponse answerOperator(IngressRequest request, Caller caller) {
    return switch (request.path()) {
      case "/update_dedicated_pool" ->
          allowed(POST, request) ? updatePool(request, caller) : notAllowed(POST, request);
      case "/refresh_models" ->
          allowed(POST, request) ? refreshModels(request, caller) : notAllowed(POST, request);
      case "/deployment_map" ->
          allowed(GET, request)
              ? HttpResponse.json(dispatcher.table().value().document())
              : notAllowed(GET, request);
      case "/status" ->
          allowed(GET, request)
              ? HttpResponse.json(Json.write(status()))
              : notAllowed(GET, request);
      case "/placement" -> allowed(GET, request) ? decisions(request) : notAllowed(GET, request);
      case "/metrics" -> allowed(GET, request) ? Metrics.write(status()) : notAllowed(GET, request);
      default -> answerBelow(request);
    };
  }

  private HttpResponse answerBelow(IngressRequest request) {
    if (request.path().startsWith(MODEL_PATH)) {
      return allowed(GET, request) ? describe(request) : notAllowed(GET, request);
    }
    if (!request.path().startsWith(TENANT_PATH)) {
      throw new ServingException(ErrorCode.NOT_FOUND, "there is nothing at this path");
    }
    return allowed(GET, request) ? explain(request) : notAllowed(GET, request);
  }

  private HttpResponse describe(IngressRequest request) {
    ModelDescriptions.Described live = models.live(tenant(request, MODEL_PATH));
    return HttpResponse.json(Json.write(ModelJson.of(live.artifact(), live.note())));
  }

  /** All that follows is the name: the path came decoded, and a slash in a name is refused. */
  private static TenantId tenant(IngressRequest request, String prefix) {
    return PlacementQuery.tenant(request.path().substring(prefix.length()));
  }

  private HttpResponse explain(IngressRequest request) {
    Deadline deadline = request.deadline(MAX_QUESTION_MS, Ticker.SYSTEM);
    TenantId tenant = tenant(request, TENANT_PATH);
    return HttpResponse.json(Json.write(dispatcher.explain(tenant, deadline)));
  }

  private HttpResponse decisions(IngressRequest request) {
    Deadline deadline = request.deadline(MAX_QUESTION_MS, Ticker.SYSTEM);
    DecisionsQuestion question = PlacementQuery.decisions(request.query());
    return HttpResponse.json(Json.write(dispatcher.decisions(question, deadline)));
  }

  private CompletableFuture<HttpResponse> score(IngressRequest request, Caller caller) {
    DispatcherConfig config = dispatcher.config();
    Deadline deadline = request.deadline(config.deadlineMs(), Ticker.SYSTEM);
    ScoreBody.Parsed body = ScoreBody.parse(body(request, config), config);
    caller.require(Role.SCORE, body.tenant());
    TableSnapshot.Derived<DeploymentMap> table = dispatcher.table();
    return dispatcher
        .score(body.tenant(), body.rows(), table.table(), deadline)
        .thenApply(
            scored ->
                HttpResponse.json(
                    ScoreAnswer.write(scored, table.value(), config.deploymentMapLimit())));
  }

  private HttpResponse updatePool(IngressRequest request, Caller caller) {
    Deadline deadline = request.deadline(MAX_POOL_CHANGE_MS, Ticker.SYSTEM);
    caller.require(Role.ADMIN);
    PoolBody.Parsed body = PoolBody.parse(body(request, dispatcher.config()).text());
    dispatcher.replaceDedicatedPool(body.mapping(), deadline);
    return HttpResponse.json(body.echo());
  }

  private HttpResponse refreshModels(IngressRequest request, Caller caller) {
    Deadline deadline = request.deadline(MAX_REFRESH_MS, Ticker.SYSTEM);
    caller.require(Role.ADMIN);
    SortedSet<TenantId> tenants = RefreshBody.parse(body(request, dispatcher.config()).text());
    return HttpResponse.json(Json.write(dispatcher.refreshModels(tenants, deadline)));
  }

  private OperatorStatus status() {
    return OperatorStatus.of(
        dispatcher.placementStatus(),
        dispatcher.overflowStatus(),
        dispatcher.configRefusal(),
        dispatcher.quarantined());
  }

  private static Body body(IngressRequest request, DispatcherConfig config) {
    ContentHeaders.check(request);
    new BodyLimit(config.maxBodyBytes()).check(request.body());
    return request.body();
  }

  private static boolean allowed(Set<String> methods, IngressRequest request) {
    return methods.contains(request.method());
  }

  private static HttpResponse notAllowed(Set<String> methods, IngressRequest request) {
    return Problem.methodNotAllowed(methods.stream().sorted().toList(), request.id());
  }
}
