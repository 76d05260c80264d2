package io.manymodels.watching;

import io.manymodels.config.OverflowConfig;
import io.manymodels.holding.HeldVersions;
import io.manymodels.holding.OverflowModels;
import io.manymodels.holding.VersionWatch;
import io.manymodels.holding.VersionWord;
import io.manymodels.json.Wire;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.VersionLook;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.testing.CountedRegistry;
import io.manymodels.testing.FakeModels;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.Tenants;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Replicas of Deploymentx with their own version watches, and registry watchers that tell them by
 * messages as bytes. The time stands still but in {@link #run}; each replica's thread runs all the
 * time, and looks at the registry when that time says so.
 */
final class WatchedFleet implements ReplicaDirectory, VersionHolders, AutoCloseable {
  private static final int STEPS_PER_PERIOD = 200;
  private static final String DEPLOYMENT = "Deploymentx";

  /** How calls to a replica fail. */
  enum Fault {
    NONE,
    CALL_LOST,
    ANSWER_LOST,
    UNKNOWN_METHOD
  }

  /** A call of a watcher, at a time after the start. */
  record Call(ReplicaId replica, Duration at) {}

  /** A registry watcher, without threads of its own. */
  record Watcher(RegistryLooks looks, WatchWords words) {
    void step() {
      looks.step();
      words.step();
    }
  }

  private static final class Replica {
    private final OverflowModels models;
    private final CountedRegistry registry;
    private final VersionWatch watch;
    private volatile Fault fault = Fault.NONE;

    Replica(OverflowModels models, CountedRegistry registry, VersionWatch watch) {
      this.models = models;
      this.registry = registry;
      this.watch = watch;
    }
  }

  final FakeModels models = new FakeModels();
  final FakeTicker ticker = new FakeTicker();

  /** What the watchers look at. */
  final CountedRegistry watched = new CountedRegistry(models.registry());

  private final Duration period;
  private final Map<ReplicaId, Replica> replicas = new LinkedHashMap<>();
  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private volatile Duration elapsed = Duration.ZERO;

  /**
   * @param period between two looks at the registry
   */
  WatchedFleet(Duration period) {
    this.period = period;
  }

  ReplicaId start(int number, TenantId... tenants) {
    ReplicaId id = new ReplicaId(DEPLOYMENT, DEPLOYMENT + "#" + number);
    OverflowModels held =
        new OverflowModels(models.source(), OverflowConfig.DEFAULT, Ticker.SYSTEM);
    CountedRegistry registry = new CountedRegistry(models.registry());
    VersionWatch watch =
        new VersionWatch(
            new VersionLook(registry, ticker),
            List.of(held.versions()),
            Optional.empty(),
            period,
            ticker);
    replicas.put(id, new Replica(held, registry, watch));
    for (TenantId tenant : tenants) {
      var unused = version(id, tenant);
    }
    watch.start();
    return id;
  }

  Watcher watcher() {
    WatchBoard board = new WatchBoard();
    RegistryLooks looks =
        new RegistryLooks(new VersionLook(watched, ticker), board, period, () -> {}, ticker);
    return new Watcher(
        looks,
        new WatchWords(
            board,
            looks,
            period,
            this,
            List.of(DEPLOYMENT),
            this,
            Runnable::run,
            () -> {},
            ticker));
  }

  /** Lets the time pass for these watchers. */
  void run(Duration time, Watcher... watchers) {
    Duration step = period.dividedBy(STEPS_PER_PERIOD);
    for (Duration end = elapsed.plus(time); elapsed.compareTo(end) < 0; ) {
      ticker.advance(step);
      elapsed = elapsed.plus(step);
      for (Watcher watcher : watchers) {
        watcher.step();
      }
    }
  }

  void fault(ReplicaId id, Fault fault) {
    replica(id).fault = fault;
  }

  void stop(ReplicaId id) {
    close(Objects.requireNonNull(replicas.remove(id)));
  }

  /** The version by which the replica answers the tenant; loads the model if it is not there. */
  long version(ReplicaId id, TenantId tenant) {
    return ((Predicted) replica(id).models.answer(Tenants.request(tenant)))
        .ref()
        .version()
        .number();
  }

  boolean allAnswerBy(long version, TenantId tenant) {
    return replicas.keySet().stream().allMatch(id -> version(id, tenant) == version);
  }

  /** How many models the replica could not bring to their live versions. */
  int behind(ReplicaId id) {
    return replica(id).models.versions().refused().size();
  }

  /** How often the replica has looked at the registry for new versions. */
  int ownLooks(ReplicaId id) {
    return replica(id).registry.looks();
  }

  int ownLooks() {
    return replicas.keySet().stream().mapToInt(this::ownLooks).sum();
  }

  /** Every call of a watcher so far. */
  List<Call> calls() {
    return List.copyOf(calls);
  }

  private Replica replica(ReplicaId id) {
    return Objects.requireNonNull(replicas.get(id));
  }

  @Override
  public HeldVersions tell(ReplicaId id, VersionWord word, Deadline deadline) {
    calls.add(new Call(id, elapsed));
    Replica replica = replica(id);
    Fault fault = replica.fault;
    if (fault == Fault.UNKNOWN_METHOD) {
      throw new ServingException(ErrorCode.INTERNAL, "a replica failed");
    }
    if (fault == Fault.CALL_LOST) {
      throw late();
    }
    byte[] answer = Wire.answer(Wire.bytes(word), VersionWord.class, replica.watch::told);
    if (fault == Fault.ANSWER_LOST) {
      throw late();
    }
    return Wire.result(answer, HeldVersions.class);
  }

  private static ServingException late() {
    return new ServingException(ErrorCode.DEADLINE_EXCEEDED, "the deadline passed");
  }

  @Override
  public List<ReplicaId> replicas(String deployment) {
    return List.copyOf(replicas.keySet());
  }

  @Override
  public void reportLost(ReplicaId replica) {
    throw new IllegalStateException(replica + " is not lost");
  }

  @Override
  public void onChange(Runnable listener) {}

  private static void close(Replica replica) {
    replica.watch.close();
    replica.models.close();
  }

  @Override
  public void close() {
    replicas.values().forEach(WatchedFleet::close);
  }
}
