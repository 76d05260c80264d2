package io.manymodels.holding;

import io.manymodels.holding.HotReport.Held;
import io.manymodels.holding.HotReport.Refused;
import io.manymodels.loading.ModelLoad;
import io.manymodels.loading.ModelLoads;
import io.manymodels.loading.ModelSource;
import io.manymodels.loading.SharedModel;
import io.manymodels.measuring.Measure;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.routing.PredictRequest;
import io.manymodels.routing.Predictor;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The models of a hot replica: those that SharedMemory commanded to be here, and no others.
 * Thread-safe; a prediction takes no lock.
 *
 * <p>A command with an older {@link Generation} than one obeyed before is refused: it comes from an
 * earlier SharedMemory, or was overtaken on the way.
 */
public final class HotModels implements Predictor, AutoCloseable {
  private static final int LOAD_THREADS = 2;
  private static final int LOAD_QUEUE = 100_000;

  private record Entry(SharedModel model, Generation since) {}

  private final ConcurrentMap<TenantId, Entry> entries = new ConcurrentHashMap<>();
  private final ModelSource source;
  private final ModelLoads loads;
  private final PredictionLanes lanes;
  private final Ticker ticker;
  private final VersionSwitch versions;
  private final AtomicLong changes = new AtomicLong(1);
  private volatile Generation obeyed = Generation.NONE;
  private volatile boolean closed;

  public HotModels(ModelSource source, Ticker ticker) {
    this(source, RunJournal.NONE, ticker);
  }

  public HotModels(ModelSource source, RunJournal journal, Ticker ticker) {
    this.source = source;
    this.ticker = ticker;
    this.lanes =
        new PredictionLanes(ticker, journal, new PredictionTimes(source.measurements(), "hot"));
    source.measurements().level(lanes::waiting, Measure.QUEUE_LENGTH, "lanes");
    InEntries holder = new InEntries();
    this.loads = new ModelLoads(source, holder, LOAD_THREADS, LOAD_QUEUE, ticker);
    this.versions = new VersionSwitch(loads, holder, ticker);
  }

  private final class InEntries implements ModelLoads.Holder {
    @Override
    public void hold(SharedModel model) {
      TenantId tenant = model.ref().tenant();
      @Nullable Entry older = entries.get(tenant);
      // Another version is not another arrival.
      Generation since = older == null ? obeyed : older.since();
      @Nullable Entry before = entries.put(tenant, new Entry(model, since));
      changes.incrementAndGet();
      if (before != null) {
        before.model().release();
      }
      if (closed) {
        HotModels.this.drop(tenant);
      }
    }

    @Override
    public Optional<SharedModel> held(TenantId tenant) {
      return Optional.ofNullable(entries.get(tenant)).map(Entry::model);
    }

    @Override
    public void drop(TenantId tenant) {
      HotModels.this.drop(tenant);
    }

    @Override
    public Collection<SharedModel> all() {
      return entries.values().stream().map(Entry::model).toList();
    }
  }

  /** Predicts when the tenant's model is here, else answers {@link NotHere}. */
  @Override
  public void predict(PredictRequest request, Consumer<PredictReply> answer) {
    @Nullable Entry entry = entries.get(request.tenant());
    if (entry == null || !entry.model().acquire()) {
      answer.accept(new NotHere());
    } else {
      Deadline deadline = Deadline.after(Duration.ofMillis(request.timeoutMillis()), ticker);
      lanes.predict(entry.model(), request, false, deadline, answer);
    }
  }

  /**
   * Loads the models of these tenants, those that are here already excepted, and waits until all
   * are loaded, have failed, or the deadline passes. What failed is in the report; what came in
   * time stays.
   *
   * @return false when the command is refused as too old
   */
  public boolean load(Collection<TenantId> tenants, Generation command, Deadline deadline) {
    if (!obey(command)) {
      return false;
    }
    List<ModelLoad> waiting = new ArrayList<>();
    for (TenantId tenant : tenants) {
      if (!entries.containsKey(tenant)) {
        waiting.add(loads.join(tenant));
      }
    }
    for (ModelLoad load : waiting) {
      awaitQuietly(load, deadline);
    }
    return true;
  }

  private static void awaitQuietly(ModelLoad load, Deadline deadline) {
    try {
      load.await(deadline).release();
    } catch (ServingException e) {
      // The report that follows says which models are missing and why.
    }
  }

  /** Unloads the models of these tenants; running predictions end first. False when refused. */
  public boolean unload(Collection<TenantId> tenants, Generation command) {
    if (!obey(command)) {
      return false;
    }
    tenants.forEach(this::drop);
    return true;
  }

  private void drop(TenantId tenant) {
    @Nullable Entry entry = entries.remove(tenant);
    if (entry != null) {
      changes.incrementAndGet();
      entry.model().release();
    }
  }

  /** Obeys nothing older than {@code command} any more. False when it is itself too old. */
  public synchronized boolean obey(Generation command) {
    if (obeyed.newerThan(command)) {
      return false;
    }
    obeyed = command;
    return true;
  }

  /** Switches what is here to other versions. */
  public VersionSwitch versions() {
    return versions;
  }

  /** How the models get here. */
  public LoadingReport loading() {
    return new LoadingReport(
        versions.refused(), source.reads(), source.memoryRefusals(), versions.isTold());
  }

  /** The models that are held, in the order of tenants. */
  public List<Held> held() {
    return entries.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(e -> held(e.getKey(), e.getValue()))
        .toList();
  }

  private static Held held(TenantId tenant, Entry entry) {
    SharedModel model = entry.model();
    return new Held(tenant, model.ref().version(), entry.since(), model.cost());
  }

  /**
   * Another number as soon as what is held, how models get here, or the term of the newest command
   * is another; never 0.
   */
  public long digest() {
    return mixed(mixed(changes.get(), loading().hashCode()), obeyed.term());
  }

  /** Two numbers as one, so that other ones give another one, but for one time in 2^64. */
  public static long mixed(long one, long other) {
    // The finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
    // Generators, OOPSLA 2014).
    long mixed = one * 31 + other + 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    mixed = mixed ^ (mixed >>> 31);
    return mixed == 0 ? 1 : mixed;
  }

  /** Why these tenants' models could not be loaded, for those whose failure is remembered. */
  public List<Refused> refused(Collection<TenantId> tenants) {
    return tenants.stream()
        .sorted()
        .filter(tenant -> !entries.containsKey(tenant))
        .flatMap(tenant -> loads.failure(tenant).map(e -> Refused.of(tenant, e)).stream())
        .toList();
  }

  /** The newest command obeyed. */
  public Generation obeyed() {
    return obeyed;
  }

  @Override
  public void close() {
    closed = true;
    loads.close();
    lanes.close();
    List.copyOf(entries.keySet()).forEach(this::drop);
  }
}
