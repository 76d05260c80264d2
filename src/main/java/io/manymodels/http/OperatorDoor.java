package io.manymodels.http;

import io.manymodels.access.Caller;
import io.manymodels.access.Gate;
import io.manymodels.access.Role;
import io.manymodels.application.DecisionsQuestion;
import io.manymodels.application.Dispatcher;
import io.manymodels.application.ServedModels;
import io.manymodels.json.Json;
import io.manymodels.json.ModelJson;
import io.manymodels.loading.ModelDescriptions;
import io.manymodels.measuring.MeasuredTotals;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The calls of operators, what models take, and the path {@code /}, which tells that the service is
 * alive. It answers paths that nobody has, too. Thread-safe.
 */
final class OperatorDoor implements Door, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(OperatorDoor.class.getName());

  /** Under the 30 s after which the proxy gives up. */
  private static final int MAX_POOL_CHANGE_MS = 25_000;

  private static final int MAX_REFRESH_MS = 25_000;

  private static final int MAX_QUESTION_MS = 2_000;

  /** As KServe's servers have it (kserve/protocol/rest/v1_endpoints.py, 0.21). */
  private static final String ALIVE_PATH = "/";

  private static final String TENANT_PATH = "/placement/";
  private static final String FIGURES_PATH = "/tenants/";
  private static final String MODEL_PATH = "/models/";

  private final Dispatcher<DeploymentMap> dispatcher;
  private final ServedModels models;
  private final Gate gate;
  private final TenantPages pages;
  private final EventsRoute events;

  /**
   * @param gate of which the status tells
   */
  OperatorDoor(Dispatcher<DeploymentMap> dispatcher, ServedModels models, Gate gate) {
    this.dispatcher = dispatcher;
    this.models = models;
    this.gate = gate;
    this.pages = new TenantPages(dispatcher, models);
    this.events = new EventsRoute(dispatcher);
  }

  private record Alive(String status) {}

  @Override
  public String protocol() {
    return "operators";
  }

  @Override
  public boolean has(String path) {
    return true;
  }

  @Override
  public boolean isFree(String path) {
    return path.equals(ALIVE_PATH);
  }

  @Override
  public CompletableFuture<HttpResponse> answer(
      IngressRequest request, Caller caller, Executor blocking) {
    return Blocking.answer(blocking, () -> answer(request, caller));
  }

  @Override
  public HttpResponse failure(ServingException failure, String requestId) {
    return Problem.of(failure, requestId);
  }

  private HttpResponse answer(IngressRequest request, Caller caller) {
    String path = request.path();
    return switch (path) {
      case ALIVE_PATH -> {
        MethodNotAllowedException.check(request, MethodNotAllowedException.GET);
        yield HttpResponse.json(Json.write(new Alive("alive")));
      }
      case "/update_dedicated_pool" -> updatePool(request, caller);
      case "/refresh_models" -> refreshModels(request, caller);
      case "/live_version" -> makeLive(request, caller);
      case "/deployment_map" -> {
        toRead(request, caller);
        yield HttpResponse.json(dispatcher.table().value().document());
      }
      case "/status" -> {
        toRead(request, caller);
        yield HttpResponse.json(Json.write(status()));
      }
      case "/metrics" -> {
        toRead(request, caller);
        yield metrics(request);
      }
      case "/tenants" -> {
        toRead(request, caller);
        yield HttpResponse.json(
            Json.write(pages.page(request.query(), caller, questionDeadline(request))));
      }
      case "/events" -> events.answer(request, caller, questionDeadline(request));
      case "/placement" -> {
        toRead(request, caller);
        yield decisions(request);
      }
      default -> {
        if (path.startsWith(MODEL_PATH)) {
          yield describe(request, caller);
        }
        if (path.startsWith(TENANT_PATH)) {
          yield explain(request, caller);
        }
        if (path.startsWith(FIGURES_PATH)) {
          yield figures(request, caller);
        }
        throw new ServingException(ErrorCode.NOT_FOUND, "there is nothing at this path");
      }
    };
  }

  private static void toRead(IngressRequest request, Caller caller) {
    MethodNotAllowedException.check(request, MethodNotAllowedException.GET);
    caller.require(Role.READ);
  }

  private HttpResponse describe(IngressRequest request, Caller caller) {
    MethodNotAllowedException.check(request, MethodNotAllowedException.GET);
    ModelDescriptions.Described live = models.describe(caller, tenant(request, MODEL_PATH));
    return HttpResponse.json(Json.write(ModelJson.of(live.artifact(), live.note())));
  }

  /** All that follows is the name: the path came decoded, and a slash in a name is refused. */
  private static TenantId tenant(IngressRequest request, String prefix) {
    return PlacementQuery.tenant(request.path().substring(prefix.length()));
  }

  /** Of all processes, or of the one that answers. */
  private HttpResponse metrics(IngressRequest request) {
    @Nullable String process = QueryKeys.value(request.query(), "process");
    if (process == null) {
      return Metrics.write(status(), measured());
    }
    if (!process.equals("self")) {
      throw QueryKeys.wrong("process", process, "expected self");
    }
    return Metrics.write(dispatcher.ownMeasured());
  }

  /** Nothing while SharedMemory is one of another build, which does not tell. */
  private Optional<MeasuredTotals> measured() {
    try {
      return Optional.of(dispatcher.measured());
    } catch (ServingException e) {
      if (e.code() != ErrorCode.INTERNAL) {
        throw e;
      }
      LOG.log(System.Logger.Level.INFO, "no measurements: {0}", e.getMessage());
      return Optional.empty();
    }
  }

  private static Deadline questionDeadline(IngressRequest request) {
    return request.deadline(MAX_QUESTION_MS, Ticker.SYSTEM);
  }

  private HttpResponse figures(IngressRequest request, Caller caller) {
    TenantId tenant = toReadOf(request, caller, FIGURES_PATH);
    return HttpResponse.json(Json.write(pages.tenant(tenant, caller, questionDeadline(request))));
  }

  /** The tenant of a page that names other tenants too, so it is for those who may read of all. */
  private static TenantId toReadOf(IngressRequest request, Caller caller, String prefix) {
    MethodNotAllowedException.check(request, MethodNotAllowedException.GET);
    TenantId tenant = tenant(request, prefix);
    caller.require(Role.READ);
    caller.require(Role.READ, tenant);
    return tenant;
  }

  private HttpResponse explain(IngressRequest request, Caller caller) {
    TenantId tenant = toReadOf(request, caller, TENANT_PATH);
    Deadline deadline = questionDeadline(request);
    return HttpResponse.json(Json.write(dispatcher.explain(tenant, deadline)));
  }

  private HttpResponse decisions(IngressRequest request) {
    Deadline deadline = questionDeadline(request);
    DecisionsQuestion question = PlacementQuery.decisions(request.query());
    return HttpResponse.json(Json.write(dispatcher.decisions(question, deadline)));
  }

  private HttpResponse updatePool(IngressRequest request, Caller caller) {
    MethodNotAllowedException.check(request, MethodNotAllowedException.POST);
    Deadline deadline = request.deadline(MAX_POOL_CHANGE_MS, Ticker.SYSTEM);
    caller.require(Role.ADMIN);
    PoolBody.Parsed body = PoolBody.parse(request.jsonBody(models.limits()).text());
    dispatcher.replaceDedicatedPool(body.mapping(), deadline);
    return HttpResponse.json(body.echo());
  }

  private HttpResponse refreshModels(IngressRequest request, Caller caller) {
    MethodNotAllowedException.check(request, MethodNotAllowedException.POST);
    Deadline deadline = request.deadline(MAX_REFRESH_MS, Ticker.SYSTEM);
    caller.require(Role.ADMIN);
    SortedSet<TenantId> tenants = RefreshBody.parse(request.jsonBody(models.limits()).text());
    return HttpResponse.json(Json.write(dispatcher.refreshModels(tenants, deadline)));
  }

  private HttpResponse makeLive(IngressRequest request, Caller caller) {
    MethodNotAllowedException.check(request, MethodNotAllowedException.POST);
    Deadline deadline = request.deadline(MAX_REFRESH_MS, Ticker.SYSTEM);
    caller.require(Role.ADMIN);
    ModelRef wanted = LiveBody.parse(request.jsonBody(models.limits()).text());
    return HttpResponse.json(Json.write(models.makeLive(caller, wanted, deadline)));
  }

  /** Ends the streams of those who watch moves. */
  @Override
  public void close() {
    events.close();
  }

  private OperatorStatus status() {
    return OperatorStatus.of(
        dispatcher.placementStatus(),
        dispatcher.overflowStatus(),
        dispatcher.configRefusal(),
        dispatcher.quarantined(),
        gate.status());
  }
}
