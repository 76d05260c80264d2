package io.manymodels.testing;

import io.manymodels.config.HotConfig;
import io.manymodels.config.OverflowConfig;
import io.manymodels.holding.HotModels;
import io.manymodels.holding.HotReport;
import io.manymodels.holding.OverflowModels;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placing.HotReplicas;
import io.manymodels.placing.OverflowReplicas;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictRequest;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaLostException;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Hot replicas in this process, with real {@link HotModels}, those of Deploymentx, with real {@link
 * OverflowModels}, and the directory that names them. Thread-safe.
 */
public final class FakeReplicas
    implements ReplicaDirectory, HotReplicas, OverflowReplicas, AutoCloseable {
  private static final String OVERFLOW = "Deploymentx";

  private static final class Replica {
    private final HotModels models;
    private volatile HotConfig config;
    private volatile Optional<String> refusal = Optional.empty();
    private volatile boolean silent;
    private volatile boolean dead;

    private Replica(HotModels models, HotConfig config) {
      this.models = models;
      this.config = config;
    }
  }

  private final FakeModels models;
  private final Ticker ticker;
  private final AtomicInteger number = new AtomicInteger();
  private final Map<ReplicaId, Replica> all = new ConcurrentHashMap<>();
  private final Map<ReplicaId, OverflowModels> overflow = new ConcurrentHashMap<>();
  private final Set<ReplicaId> silentOverflow = ConcurrentHashMap.newKeySet();
  private final Map<String, List<ReplicaId>> named = new ConcurrentHashMap<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final AtomicInteger reports = new AtomicInteger();
  private volatile int inTime = Integer.MAX_VALUE;
  private volatile BiConsumer<ReplicaId, Collection<TenantId>> beforeUnload = (replica, gone) -> {};

  public FakeReplicas(FakeModels models, Ticker ticker) {
    this.models = models;
    this.ticker = ticker;
  }

  /** Starts one more replica of a deployment. */
  public ReplicaId start(String deployment, HotConfig config) {
    ReplicaId id = new ReplicaId(deployment, deployment + "#" + number.incrementAndGet());
    all.put(id, new Replica(new HotModels(models.source(), ticker), config));
    named.merge(deployment, List.of(id), FakeReplicas::joined);
    listeners.forEach(Runnable::run);
    return id;
  }

  /** Starts a replica of Deploymentx. */
  public ReplicaId startOverflow() {
    ReplicaId id = new ReplicaId(OVERFLOW, OVERFLOW + "#" + number.incrementAndGet());
    overflow.put(id, new OverflowModels(models.source(), OverflowConfig.DEFAULT, ticker));
    named.merge(OVERFLOW, List.of(id), FakeReplicas::joined);
    return id;
  }

  /** A replica of Deploymentx that was started. */
  public OverflowModels overflow(ReplicaId id) {
    OverflowModels found = overflow.get(id);
    if (found == null) {
      throw new IllegalArgumentException("never started, or dead: " + id);
    }
    return found;
  }

  /** Ends a replica of Deploymentx; the directory names it until somebody has found it dead. */
  public void killOverflow(ReplicaId id) {
    overflow(id).close();
    overflow.remove(id);
  }

  /** Has a replica of Deploymentx let every deadline pass. */
  public void silenceOverflow(ReplicaId id) {
    silentOverflow.add(id);
  }

  @Override
  public Set<TenantId> expect(ReplicaId id, Collection<TenantId> tenants, Deadline deadline) {
    OverflowModels replica = overflow.get(id);
    if (replica == null) {
      throw new ReplicaLostException(id, new IllegalStateException("it is dead"));
    }
    if (silentOverflow.contains(id)) {
      throw new ServingException(ErrorCode.DEADLINE_EXCEEDED, id + " does not answer");
    }
    return replica.expect(tenants, deadline);
  }

  private static List<ReplicaId> joined(List<ReplicaId> some, List<ReplicaId> more) {
    return Stream.concat(some.stream(), more.stream()).toList();
  }

  /** Ends a replica; the directory names it until somebody has found it dead. */
  public void kill(ReplicaId id) {
    Replica replica = replica(id);
    replica.dead = true;
    replica.models.close();
  }

  /** Replaces every replica of a deployment by a new one that has the same user_config. */
  public void restart(String deployment) {
    for (ReplicaId id : replicas(deployment)) {
      kill(id);
      reportLost(id);
      start(deployment, replica(id).config);
    }
  }

  /** What {@code serve deploy} does to the replicas of a deployment. */
  public void reconfigure(String deployment, HotConfig config) {
    replicas(deployment).forEach(id -> replica(id).config = config);
  }

  /** Has the replicas of a deployment say that they refused a user_config. */
  public void refuseConfig(String deployment, String why) {
    replicas(deployment).forEach(id -> replica(id).refusal = Optional.of(why));
  }

  /** Has a replica let every deadline of SharedMemory's commands pass. */
  public void silence(ReplicaId id, boolean silent) {
    replica(id).silent = silent;
  }

  /** Has hot replicas load so many models in time with each command, and the others after it. */
  public void loadInTime(int modelsAtOnce) {
    inTime = modelsAtOnce;
  }

  /** Sees every command to unload before it is obeyed. */
  public void beforeUnload(BiConsumer<ReplicaId, Collection<TenantId>> observer) {
    beforeUnload = observer;
  }

  /** Whether every replica of the deployment holds the tenant's model. */
  public boolean held(String deployment, TenantId tenant) {
    return replicas(deployment).stream().allMatch(id -> tenants(id).contains(tenant));
  }

  /** The tenants whose models a replica holds. */
  public Set<TenantId> tenants(ReplicaId id) {
    return replica(id).models.held().stream()
        .map(HotReport.Held::tenant)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The only replica of a deployment. */
  public ReplicaId only(String deployment) {
    List<ReplicaId> replicas = replicas(deployment);
    if (replicas.size() != 1) {
      throw new IllegalStateException(deployment + " has " + replicas);
    }
    return replicas.get(0);
  }

  public HotModels models(ReplicaId id) {
    return replica(id).models;
  }

  public PredictReply predict(ReplicaId id, PredictRequest request) {
    return alive(id).models.answer(request);
  }

  private Replica replica(ReplicaId id) {
    Replica replica = all.get(id);
    if (replica == null) {
      throw new IllegalArgumentException("never started: " + id);
    }
    return replica;
  }

  private Replica alive(ReplicaId id) {
    Replica replica = replica(id);
    if (replica.dead) {
      throw new ReplicaLostException(id, new IllegalStateException("it is dead"));
    }
    return replica;
  }

  private Replica commandable(ReplicaId id) {
    Replica replica = alive(id);
    if (replica.silent) {
      throw new ServingException(ErrorCode.DEADLINE_EXCEEDED, id + " does not answer");
    }
    return replica;
  }

  @Override
  public List<ReplicaId> replicas(String deployment) {
    return named.getOrDefault(deployment, List.of());
  }

  @Override
  public void reportLost(ReplicaId lost) {
    named.computeIfPresent(
        lost.deployment(),
        (name, known) -> known.stream().filter(other -> !other.equals(lost)).toList());
    listeners.forEach(Runnable::run);
  }

  @Override
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  @Override
  public HotReport status(ReplicaId id, Generation command, Deadline deadline) {
    reports.incrementAndGet();
    Replica replica = commandable(id);
    return report(replica, replica.models.obey(command), List.of());
  }

  @Override
  public HotReport load(
      ReplicaId id, Collection<TenantId> tenants, Generation command, Deadline deadline) {
    Replica replica = commandable(id);
    List<TenantId> missing =
        tenants.stream().filter(tenant -> !tenants(id).contains(tenant)).toList();
    List<TenantId> now = missing.stream().limit(inTime).toList();
    HotReport report = report(replica, replica.models.load(now, command, deadline), tenants);
    if (now.size() < missing.size()) {
      var unused = replica.models.load(missing, command, deadline);
    }
    return report;
  }

  @Override
  public HotReport unload(
      ReplicaId id, Collection<TenantId> tenants, Generation command, Deadline deadline) {
    Replica replica = commandable(id);
    beforeUnload.accept(id, tenants);
    return report(replica, replica.models.unload(tenants, command), tenants);
  }

  private static HotReport report(Replica replica, boolean obeyed, Collection<TenantId> tenants) {
    return new HotReport(
        replica.models.obeyed(),
        replica.models.held(),
        obeyed ? replica.models.refused(tenants) : List.of(),
        replica.config,
        replica.refusal,
        replica.models.loading(),
        Optional.empty(),
        digest(replica));
  }

  private static long digest(Replica replica) {
    return HotModels.mixed(replica.models.digest(), Objects.hash(replica.config, replica.refusal));
  }

  /** How often a replica was asked for a report. */
  public int reports() {
    return reports.get();
  }

  /** As of one that told it just now, unless it answers nobody. */
  @Override
  public OptionalLong digest(ReplicaId id) {
    @Nullable Replica replica = all.get(id);
    return replica == null || replica.silent || replica.dead
        ? OptionalLong.empty()
        : OptionalLong.of(digest(replica));
  }

  @Override
  public void close() {
    all.values().forEach(replica -> replica.models.close());
    overflow.values().forEach(OverflowModels::close);
  }
}
