package io.manymodels.standalone;

import io.manymodels.application.HoldingReplicas;
import io.manymodels.application.HotReplica;
import io.manymodels.application.OverflowReplica;
import io.manymodels.config.ApplicationConfig;
import io.manymodels.holding.HotReport;
import io.manymodels.holding.Refreshed;
import io.manymodels.json.StatusJson;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placing.HotReplicas;
import io.manymodels.placing.OverflowReplicas;
import io.manymodels.routing.PredictCall;
import io.manymodels.routing.PredictClient;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.Predictor;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.TracedPredictor;
import io.manymodels.time.Deadline;
import io.manymodels.tracing.Tracing;
import io.manymodels.transport.PredictCalls;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The replicas of this process, one of each deployment. They live as long as the process, so none
 * of them is ever lost. Thread-safe.
 */
final class LocalReplicas
    implements ReplicaDirectory,
        HotReplicas,
        OverflowReplicas,
        HoldingReplicas,
        PredictClient,
        AutoCloseable {
  private final Map<String, ReplicaId> ids = new HashMap<>();
  private final Map<String, HotReplica> hot;
  private final OverflowReplica overflow;
  private final Map<ReplicaId, PredictCalls> calls = new HashMap<>();
  private final ScheduledExecutorService clock;

  /**
   * @param hot by deployment
   * @param tracing of the predictions
   * @param clock ends what is waited for in vain
   */
  LocalReplicas(
      ApplicationConfig application,
      Map<String, HotReplica> hot,
      OverflowReplica overflow,
      Tracing tracing,
      ScheduledExecutorService clock) {
    this.hot = Map.copyOf(hot);
    this.overflow = overflow;
    this.clock = clock;
    for (String name : application.holding()) {
      ids.put(name, only(name));
    }
    ids.put(application.sharedMemory(), only(application.sharedMemory()));
    ids.put(application.dispatcher(), only(application.dispatcher()));
    this.hot.forEach((name, replica) -> add(only(name), replica.predictor(), tracing));
    add(only(application.overflow()), overflow.predictor(), tracing);
  }

  private void add(ReplicaId id, Predictor predictor, Tracing tracing) {
    calls.put(id, new PredictCalls(new TracedPredictor(predictor, tracing, id)));
  }

  /** The only replica of a deployment. */
  static ReplicaId only(String deployment) {
    return new ReplicaId(deployment, deployment + "#1");
  }

  @Override
  public List<ReplicaId> replicas(String deployment) {
    ReplicaId id = ids.get(deployment);
    return id == null ? List.of() : List.of(id);
  }

  @Override
  public void reportLost(ReplicaId replica) {
    throw new IllegalStateException(replica + " cannot be lost: it is in this process");
  }

  /** Nothing changes. */
  @Override
  public void onChange(Runnable listener) {}

  /**
   * On the thread of whoever asks, where the model is loaded and quick: then the answer is there
   * when this returns.
   */
  @Override
  public CompletableFuture<PredictReply> predict(
      ReplicaId replica, PredictCall call, Deadline deadline) {
    CompletableFuture<PredictReply> reply = new CompletableFuture<>();
    Objects.requireNonNull(calls.get(replica))
        .predict(call.request(deadline.remainingMillis()), reply::complete);
    if (!reply.isDone()) {
      endAt(deadline, reply);
    }
    return reply;
  }

  private void endAt(Deadline deadline, CompletableFuture<PredictReply> reply) {
    try {
      Future<?> end =
          clock.schedule(
              () -> reply.completeExceptionally(tooLate()),
              deadline.remainingMillis(),
              TimeUnit.MILLISECONDS);
      var unused = reply.whenComplete((answer, failure) -> end.cancel(false));
    } catch (RejectedExecutionException e) {
      reply.completeExceptionally(
          new ServingException(ErrorCode.NO_REPLICA, "this process is about to end", e));
    }
  }

  private static ServingException tooLate() {
    return new ServingException(
        ErrorCode.DEADLINE_EXCEEDED, "the deadline passed before the replica answered");
  }

  @Override
  public OptionalLong digest(ReplicaId replica) {
    return OptionalLong.of(hot(replica).digest());
  }

  @Override
  public HotReport status(ReplicaId replica, Generation command, Deadline deadline) {
    return hot(replica).status(command);
  }

  @Override
  public HotReport load(
      ReplicaId replica, Collection<TenantId> tenants, Generation command, Deadline deadline) {
    return hot(replica).load(tenants, command, deadline);
  }

  @Override
  public HotReport unload(
      ReplicaId replica, Collection<TenantId> tenants, Generation command, Deadline deadline) {
    return hot(replica).unload(tenants, command);
  }

  private HotReplica hot(ReplicaId replica) {
    return Objects.requireNonNull(hot.get(replica.deployment()));
  }

  @Override
  public Set<TenantId> expect(ReplicaId replica, Collection<TenantId> tenants, Deadline deadline) {
    return overflow.expect(tenants, deadline);
  }

  @Override
  public List<Refreshed> refresh(
      ReplicaId replica, Collection<TenantId> tenants, Deadline deadline) {
    HotReplica asked = hot.get(replica.deployment());
    return asked == null ? overflow.refresh(tenants, deadline) : asked.refresh(tenants, deadline);
  }

  @Override
  public Optional<ModelVersion> version(ReplicaId replica, TenantId tenant, Deadline deadline) {
    return overflow.version(tenant);
  }

  @Override
  public StatusJson.Overflow status(ReplicaId replica, Deadline deadline) {
    return overflow.status();
  }

  /** Puts a user_config in force, or has the deployment refuse it. */
  void reconfigure(String deployment, String userConfig) {
    HotReplica replica = hot.get(deployment);
    if (replica == null) {
      overflow.reconfigure(userConfig);
    } else {
      replica.reconfigure(userConfig);
    }
  }

  @Override
  public void close() {
    hot.values().forEach(HotReplica::close);
    overflow.close();
  }
}
