package io.manymodels.protocol.v2;

import io.manymodels.access.Caller;
import io.manymodels.access.Role;
import io.manymodels.application.ServedModels;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.loading.ModelDescriptions.Described;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.observing.Observed;
import io.manymodels.registry.LiveVersions;
import io.manymodels.scoring.ScoreRequests.Scored;
import io.manymodels.tensor.Rows;
import io.manymodels.threads.Completions;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * The calls of this protocol, whichever way they come. Each throws {@link ServingException} for
 * what the caller may not, and {@code MODEL_NOT_FOUND} or {@code MODEL_VERSION_NOT_FOUND}. Those
 * that return no future block for as long as the registry takes. Thread-safe.
 */
public final class V2Models {
  private final ServedModels models;
  private final boolean anyInputName;
  private final InferStatistics statistics = new InferStatistics(Ticker.SYSTEM);

  /**
   * @param anyInputName whether a model with one input takes it under any name
   */
  public V2Models(ServedModels models, boolean anyInputName) {
    this.models = models;
    this.anyInputName = anyInputName;
  }

  /** Limits and deadlines that are in force now. */
  public DispatcherConfig limits() {
    return models.limits();
  }

  /** Whether requests can be answered. */
  public boolean isReady() {
    return models.isReady();
  }

  /**
   * Infers. Never blocks; what hangs on the answer runs on a thread that must not be blocked
   * either.
   *
   * @param observed the request
   * @param arrivedNanos when the request came, by {@link Ticker#nanos} of {@link Ticker#SYSTEM}
   * @return fails with {@link ServingException}
   */
  public CompletableFuture<InferResponse> infer(
      Caller caller,
      NamedModel model,
      InferRequest request,
      Deadline deadline,
      Observed observed,
      long arrivedNanos) {
    DispatcherConfig limits = limits();
    Rows rows = request.rows(limits.maxRows(), limits.maxValues(), anyInputName);
    long asked = Ticker.SYSTEM.nanos();
    return score(caller, model, rows, deadline, observed)
        .thenApply(
            scored ->
                InferResponse.of(
                    request, scored.predicted().ref(), scored.predicted().prediction()))
        .whenComplete(
            (response, failure) -> {
              long now = Ticker.SYSTEM.nanos();
              if (response != null) {
                statistics.succeeded(
                    response.ref(), rows.count(), asked - arrivedNanos, now - asked);
              } else if (!isOfNoModel(failure)) {
                statistics.failed(model.tenant(), now - arrivedNanos);
              }
            });
  }

  private CompletableFuture<Scored> score(
      Caller caller, NamedModel model, Rows rows, Deadline deadline, Observed observed) {
    return model.version().isPresent()
        ? models.score(caller, model.tenant(), model.version().get(), rows, deadline, observed)
        : models.score(caller, model.tenant(), rows, deadline, observed);
  }

  /** So that names which nobody has do not crowd out those that somebody has. */
  private static boolean isOfNoModel(Throwable failure) {
    return Completions.cause(failure) instanceof ServingException known
        && known.code() == ErrorCode.MODEL_NOT_FOUND;
  }

  /** What a model takes and answers. */
  public Described describe(Caller caller, NamedModel model) {
    return model.version().isPresent()
        ? models.describe(caller, model.tenant(), model.version().get())
        : models.describe(caller, model.tenant());
  }

  /** The names of all models that the caller may ask for, in order. */
  public List<String> names(Caller caller) {
    return models.tenants(caller).stream().map(TenantId::value).toList();
  }

  /**
   * The models that the caller may ask for, in order.
   *
   * @param ready only those that can answer
   */
  public List<V2Documents.Indexed> index(Caller caller, boolean ready) {
    LiveVersions live = models.liveVersions(caller);
    SortedMap<TenantId, V2Documents.Indexed> index = new TreeMap<>();
    live.versions().forEach((tenant, version) -> index.put(tenant, indexed(tenant, version)));
    if (!ready) {
      live.broken()
          .forEach(
              (tenant, why) ->
                  index.put(
                      tenant,
                      new V2Documents.Indexed(
                          tenant.value(), "", "UNAVAILABLE", String.valueOf(why.getMessage()))));
    }
    return new ArrayList<>(index.values());
  }

  private static V2Documents.Indexed indexed(TenantId tenant, ModelVersion version) {
    return new V2Documents.Indexed(tenant.value(), version.toString(), "READY", "");
  }

  /** How a model was asked for through this Dispatcher. */
  public StatisticsDocument statistics(Caller caller, NamedModel model) {
    return statistics.of(describe(caller, model).artifact().ref());
  }

  /** How all models were asked for through this Dispatcher that the caller may ask for. */
  public StatisticsDocument statistics(Caller caller) {
    return statistics.all(caller::sees);
  }

  /** A model's configuration in Triton's form. */
  public ModelConfig config(Caller caller, NamedModel model) {
    return ModelConfig.of(describe(caller, model), limits().maxRows());
  }

  /**
   * Has the live version of a model answer wherever it is held, and loads it where it will be
   * asked.
   *
   * @return the version
   */
  public ModelRef load(Caller caller, TenantId tenant, Deadline deadline) {
    return models.load(caller, tenant, deadline);
  }

  /**
   * Why a model is not unloaded.
   *
   * @throws ServingException what the caller may not, and {@code MODEL_NOT_FOUND}
   */
  public ServingException unloadRefusal(Caller caller, TenantId tenant) {
    caller.require(Role.ADMIN, tenant);
    var unused = models.describe(caller, tenant);
    return V2Faults.invalid(
        "models are unloaded by placement alone, when others are asked for more: '"
            + tenant
            + "' goes on answering; to take it out of service, delete it from the registry");
  }
}
