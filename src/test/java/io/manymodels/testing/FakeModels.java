package io.manymodels.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.ModelLoader;
import io.manymodels.loading.ArtifactTiers;
import io.manymodels.loading.ModelSource;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.time.Ticker;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A registry, its artifacts and a loader in one: tests say which tenants have a model, which loads
 * fail and which have to wait, and ask afterwards what was loaded and closed. Thread-safe.
 */
public final class FakeModels {
  private static final String FORMAT = "fake";

  private final ConcurrentMap<TenantId, ModelVersion> live = new ConcurrentSkipListMap<>();
  private final ConcurrentMap<TenantId, RuntimeException> broken = new ConcurrentHashMap<>();
  private final ConcurrentMap<TenantId, RuntimeException> brokenEntries = new ConcurrentHashMap<>();
  private final ConcurrentMap<TenantId, CountDownLatch> gates = new ConcurrentHashMap<>();
  private final ConcurrentMap<TenantId, Integer> loads = new ConcurrentHashMap<>();
  private final ConcurrentMap<TenantId, Long> weights = new ConcurrentHashMap<>();
  private final Queue<FakeModel> opened = new ConcurrentLinkedQueue<>();
  private volatile boolean registryAway;

  /** Gives these tenants a model in version 1. */
  public FakeModels with(Collection<TenantId> tenants) {
    tenants.forEach(tenant -> publish(tenant, 1));
    return this;
  }

  public void publish(TenantId tenant, int version) {
    live.put(tenant, new ModelVersion(version));
  }

  public void delete(TenantId tenant) {
    live.remove(tenant);
  }

  public void weigh(TenantId tenant, long weightBytes) {
    weights.put(tenant, weightBytes);
  }

  /** Has every load of the tenant fail like this. */
  public void breakModel(TenantId tenant, RuntimeException failure) {
    broken.put(tenant, failure);
  }

  public void repair(TenantId tenant) {
    broken.remove(tenant);
  }

  /** Has the registry fail like this when it is asked for the tenant's live version. */
  public void breakEntry(TenantId tenant, RuntimeException failure) {
    brokenEntries.put(tenant, failure);
  }

  public void repairEntry(TenantId tenant) {
    brokenEntries.remove(tenant);
  }

  public void registryAway(boolean away) {
    registryAway = away;
  }

  /** Has loads of the tenant wait until the answer is counted down. */
  public CountDownLatch holdLoads(TenantId tenant) {
    CountDownLatch gate = new CountDownLatch(1);
    gates.put(tenant, gate);
    return gate;
  }

  public boolean hasModel(TenantId tenant) {
    askRegistry();
    return live.containsKey(tenant) || brokenEntries.containsKey(tenant);
  }

  /** Loads begun for the tenant, failed ones too. */
  public int loads(TenantId tenant) {
    return loads.getOrDefault(tenant, 0);
  }

  /** Every model that was ever loaded, in order. */
  public List<FakeModel> opened() {
    return List.copyOf(opened);
  }

  public List<FakeModel> opened(TenantId tenant) {
    return opened.stream().filter(model -> model.ref().tenant().equals(tenant)).toList();
  }

  /** What must never happen to a model, and did. */
  public List<String> misuses() {
    return opened.stream().flatMap(model -> model.misuses().stream()).toList();
  }

  /** Returns once nothing is open: the thread that loaded a model may be the last to let it go. */
  public void awaitAllClosed() {
    Eventually.holds("all models are closed", () -> open().isEmpty());
  }

  /** Models that were loaded and not closed. */
  public List<ModelRef> open() {
    return opened.stream().filter(model -> model.closes() == 0).map(FakeModel::ref).toList();
  }

  public ModelRegistry registry() {
    return new Registry();
  }

  public ModelSource source() {
    return new ModelSource(
        registry(), new ArtifactTiers(new Artifacts()), List.of(new Loader()), Ticker.SYSTEM);
  }

  /** Waits as native code does: an interrupt does not end it. */
  static void await(CountDownLatch latch) {
    boolean interrupted = false;
    while (true) {
      try {
        if (!latch.await(30, TimeUnit.SECONDS)) {
          throw new IllegalStateException("the test never opened the gate");
        }
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void askRegistry() {
    if (registryAway) {
      throw new ServingException(ErrorCode.STORE_UNAVAILABLE, "the registry is away");
    }
  }

  private static byte[] bytes(ModelRef ref) {
    return ref.toString().getBytes(UTF_8);
  }

  private final class Registry implements ModelRegistry {
    @Override
    public Optional<ModelVersion> liveVersion(TenantId tenant) {
      try {
        askRegistry();
        @Nullable RuntimeException failure = brokenEntries.get(tenant);
        if (failure != null) {
          throw failure;
        }
        return Optional.ofNullable(live.get(tenant));
      } finally {
        // Only now: a test that sees the count may change what is live.
        loads.merge(tenant, 1, Integer::sum);
      }
    }

    @Override
    public Optional<ArtifactDescriptor> describe(ModelRef ref) {
      byte[] bytes = bytes(ref);
      return Optional.of(
          new ArtifactDescriptor(
              ref, ArtifactDigest.of(ByteBuffer.wrap(bytes)), bytes.length, FORMAT, Instant.EPOCH));
    }

    @Override
    public List<ModelVersion> versions(TenantId tenant) {
      return Optional.ofNullable(live.get(tenant)).stream().toList();
    }

    @Override
    public List<TenantId> tenants() {
      return List.copyOf(live.keySet());
    }

    @Override
    public void check() {
      askRegistry();
    }

    @Override
    public int tenantsAtOnce() {
      return 2;
    }

    @Override
    public void close() {}
  }

  private static final class Artifacts implements ArtifactStore {
    @Override
    public Optional<ByteBuffer> read(ArtifactDescriptor artifact) {
      return Optional.of(ByteBuffer.wrap(bytes(artifact.ref())).asReadOnlyBuffer());
    }

    @Override
    public void close() {}
  }

  private final class Loader implements ModelLoader {
    @Override
    public String format() {
      return FORMAT;
    }

    @Override
    public LoadedModel load(ArtifactDescriptor artifact, ByteBuffer bytes) {
      TenantId tenant = artifact.ref().tenant();
      @Nullable CountDownLatch gate = gates.get(tenant);
      if (gate != null) {
        await(gate);
      }
      @Nullable RuntimeException failure = broken.get(tenant);
      if (failure != null) {
        throw failure;
      }
      FakeModel model = new FakeModel(artifact.ref(), 4, weights.getOrDefault(tenant, 1_000L));
      opened.add(model);
      return model;
    }
  }

  /** For messages of failing tests. */
  @Override
  public String toString() {
    return Map.of("live", live.keySet(), "broken", broken.keySet()).toString();
  }
}
