package io.manymodels.application;

import io.manymodels.access.Caller;
import io.manymodels.access.Role;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.json.VersionsJson;
import io.manymodels.loading.ModelDescriptions;
import io.manymodels.loading.ModelDescriptions.Described;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.observing.Observed;
import io.manymodels.placement.Generation;
import io.manymodels.placement.PlacementTable;
import io.manymodels.registry.LiveVersions;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.scoring.ScoreRequests.Scored;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Trial;
import io.manymodels.threads.Awaiting;
import io.manymodels.time.Deadline;
import io.manymodels.tracing.Span;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The models as callers see them, whichever protocol they speak: the only way to a prediction, so
 * that nobody gets one who may not. Each call asks first what its caller may. Thread-safe.
 */
public final class ServedModels {
  /** A list of tenants may be as old as this. */
  private static final Duration LIST_AGE = Duration.ofSeconds(5);

  private final Dispatcher<?> dispatcher;
  private final ModelDescriptions descriptions;
  private final Supplier<ModelRegistry> registry;
  private final Supplier<WritableModelRegistry> writable;
  private final Remembered<List<TenantId>> tenants;
  private final Remembered<LiveVersions> liveVersions;

  /**
   * Opens nothing before it is needed.
   *
   * @param registry the same one at each call
   * @param writable another one at each call, to be closed; throws {@link IllegalArgumentException}
   *     when the registry cannot be written to
   */
  public ServedModels(
      Dispatcher<?> dispatcher,
      ModelDescriptions descriptions,
      Supplier<ModelRegistry> registry,
      Supplier<WritableModelRegistry> writable) {
    this.dispatcher = dispatcher;
    this.descriptions = descriptions;
    this.registry = registry;
    this.writable = writable;
    this.tenants =
        new Remembered<>(() -> registry.get().tenants().stream().sorted().toList(), LIST_AGE);
    this.liveVersions =
        new Remembered<>(() -> registry.get().liveVersions(tenants.get()), LIST_AGE);
  }

  /** Limits and deadlines that are in force now. */
  public DispatcherConfig limits() {
    return dispatcher.config();
  }

  /** Whether requests can be routed. */
  public boolean isReady() {
    return dispatcher.table().table().generation().newerThan(Generation.NONE);
  }

  /**
   * Scores by the live version of the tenant's model. Never blocks; what hangs on the answer runs
   * on a thread that must not be blocked either.
   *
   * @param observed the request, which is told who asks and for which tenant
   * @return fails as {@link io.manymodels.scoring.ScoreRequests#score} does
   * @throws ServingException {@code FORBIDDEN} or {@code UNAUTHENTICATED}, and as {@link
   *     io.manymodels.quota.Quotas#take}
   */
  public CompletableFuture<Scored> score(
      Caller caller, TenantId tenant, Rows rows, Deadline deadline, Observed observed) {
    return score(caller, tenant, rows, dispatcher.table().table(), deadline, observed);
  }

  /**
   * Scores, routed by this table. As {@link #score(Caller, TenantId, Rows, Deadline, Observed)}.
   *
   * @param table the newest, from which the caller tells something more of the answer
   */
  public CompletableFuture<Scored> score(
      Caller caller,
      TenantId tenant,
      Rows rows,
      PlacementTable table,
      Deadline deadline,
      Observed observed) {
    observed.asks(caller.name(), tenant);
    caller.require(Role.SCORE, tenant);
    dispatcher.quotas().take(caller.name(), caller.quota(), tenant, rows.count());
    return dispatcher.score(tenant, rows, table, deadline, observed.span());
  }

  /**
   * Scores by this version, or not at all: also fails with {@code MODEL_VERSION_NOT_FOUND} when
   * another one is live. As {@link #score(Caller, TenantId, Rows, Deadline, Observed)}.
   */
  public CompletableFuture<Scored> score(
      Caller caller,
      TenantId tenant,
      ModelVersion version,
      Rows rows,
      Deadline deadline,
      Observed observed) {
    return score(caller, tenant, rows, deadline, observed)
        .thenApply(
            scored -> {
              requireLive(tenant, version, scored.predicted().ref().version());
              return scored;
            });
  }

  private static void requireLive(TenantId tenant, ModelVersion wanted, ModelVersion live) {
    if (!wanted.equals(live)) {
      throw new ServingException(
          ErrorCode.MODEL_VERSION_NOT_FOUND,
          "version "
              + wanted.number()
              + " of '"
              + tenant
              + "' is not live; version "
              + live.number()
              + " is");
    }
  }

  /**
   * What the live version takes and answers. Blocks for as long as the registry takes.
   *
   * @throws ServingException as {@link ModelDescriptions#live}, and what a caller may not
   */
  public Described describe(Caller caller, TenantId tenant) {
    caller.require(Role.READ, tenant);
    return descriptions.live(tenant);
  }

  /** The same of this version; {@code MODEL_VERSION_NOT_FOUND} when another one is live. */
  public Described describe(Caller caller, TenantId tenant, ModelVersion version) {
    Described live = describe(caller, tenant);
    requireLive(tenant, version, live.artifact().ref().version());
    return live;
  }

  /**
   * The live versions of all tenants that the caller may see, as they were within the last five
   * seconds. Blocks for as long as the registry takes.
   *
   * @throws ServingException {@code STORE_UNAVAILABLE}
   */
  public LiveVersions liveVersions(Caller caller) {
    LiveVersions all = liveVersions.get();
    return caller.seesAll()
        ? all
        : new LiveVersions(seen(caller, all.versions()), seen(caller, all.broken()));
  }

  private static <T> SortedMap<TenantId, T> seen(Caller caller, SortedMap<TenantId, T> all) {
    SortedMap<TenantId, T> seen = new TreeMap<>(all);
    seen.keySet().removeIf(tenant -> !caller.sees(tenant));
    return seen;
  }

  /**
   * The tenants that have a model and that the caller may see, in order, as they were within the
   * last five seconds. Blocks for as long as the registry takes.
   *
   * @throws ServingException {@code STORE_UNAVAILABLE}, and what a caller may not
   */
  public List<TenantId> tenants(Caller caller) {
    List<TenantId> all = tenants.get();
    return caller.seesAll() ? all : all.stream().filter(caller::sees).toList();
  }

  /**
   * The versions of a tenant's model in the registry, in ascending order. Blocks for as long as the
   * registry takes.
   *
   * @throws ServingException {@code STORE_UNAVAILABLE}, and what a caller may not
   */
  public List<ModelVersion> versions(Caller caller, TenantId tenant) {
    caller.require(Role.READ, tenant);
    return registry.get().versions(tenant);
  }

  /**
   * Makes a version the live one, and has it answer wherever another one is held. Blocks.
   *
   * @return what answers now
   * @throws ServingException {@code INVALID_INPUT} when this registry cannot be written to, {@code
   *     MODEL_VERSION_NOT_FOUND}, {@code STORE_UNAVAILABLE}, and what a caller may not
   */
  public VersionsJson.Answer makeLive(Caller caller, ModelRef ref, Deadline deadline) {
    caller.require(Role.ADMIN, ref.tenant());
    try (WritableModelRegistry open = writable.get()) {
      open.setLive(ref);
    } catch (IllegalArgumentException e) {
      throw new ServingException(ErrorCode.INVALID_INPUT, String.valueOf(e.getMessage()), e);
    }
    return dispatcher.refreshModels(List.of(ref.tenant()), deadline);
  }

  /**
   * Has the live version of a tenant's model answer wherever an earlier one is held, and asks it
   * for one row, so that it is loaded where the next request finds it. Blocks.
   *
   * @return the version that answered
   * @throws ServingException {@code MODEL_NOT_FOUND}, {@code LOAD_FAILED} and the like, and what a
   *     caller may not
   */
  public ModelRef load(Caller caller, TenantId tenant, Deadline deadline) {
    caller.require(Role.ADMIN, tenant);
    ArtifactDescriptor live = descriptions.live(tenant).artifact();
    var unused = dispatcher.refreshModels(List.of(tenant), deadline);
    CompletableFuture<Scored> asked =
        dispatcher.score(
            tenant, Trial.rows(live.usage()), dispatcher.table().table(), deadline, Span.NONE);
    try {
      return Awaiting.result(asked, deadline, "the model did not load in time").predicted().ref();
    } catch (ServingException e) {
      if (e.code() == ErrorCode.INVALID_INPUT || e.code() == ErrorCode.INPUT_MISMATCH) {
        // It was loaded to find out.
        return live.ref();
      }
      throw e;
    }
  }
}
