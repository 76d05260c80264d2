package io.manymodels.protocol.v2;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.protocol.v2.StatisticsDocument.Batches;
import io.manymodels.protocol.v2.StatisticsDocument.Model;
import io.manymodels.protocol.v2.StatisticsDocument.Phases;
import io.manymodels.protocol.v2.StatisticsDocument.Timed;
import io.manymodels.time.Ticker;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Counts the requests of this protocol that one Dispatcher answered, by tenant: those of the last
 * ten thousand tenants that were asked for. In Triton's form. Thread-safe.
 */
public final class InferStatistics {
  private static final int MAX_TENANTS = 10_000;

  /** Of the numbers of rows that a tenant is asked with, the first so many are told apart. */
  private static final int MAX_SIZES = 32;

  private final Ticker ticker;
  private final Cache<TenantId, Counts> counts =
      Caffeine.newBuilder().maximumSize(MAX_TENANTS).build();

  /** Begins at nothing. */
  public InferStatistics(Ticker ticker) {
    this.ticker = ticker;
  }

  /** What was counted for one tenant. */
  private static final class Counts {
    private @Nullable ModelVersion version;
    private long last;
    private long rows;
    private Timed success = Timed.NEVER;
    private Timed fail = Timed.NEVER;
    private Timed input = Timed.NEVER;
    private Timed infer = Timed.NEVER;
    private final SortedMap<Integer, Batches> batches = new TreeMap<>();

    private synchronized void succeeded(
        ModelVersion its, int more, long now, long readNanos, long inferNanos) {
      version = its;
      last = now;
      rows += more;
      success = success.and(readNanos + inferNanos);
      input = input.and(readNanos);
      infer = infer.and(inferNanos);
      @Nullable Batches before = batches.get(more);
      if (before != null || batches.size() < MAX_SIZES) {
        Batches known = before == null ? Batches.none(more) : before;
        batches.put(more, known.and(readNanos, inferNanos));
      }
    }

    private synchronized void failed(long nanos) {
      fail = fail.and(nanos);
    }

    private synchronized Model model(TenantId tenant) {
      return new Model(
          tenant.value(),
          version == null ? "" : version.toString(),
          last,
          rows,
          success.count(),
          new Phases(
              success, fail, Timed.NEVER, input, infer, Timed.NEVER, Timed.NEVER, Timed.NEVER),
          List.copyOf(batches.values()));
    }
  }

  /**
   * Counts a request that was answered.
   *
   * @param readNanos from its arrival until the model was asked
   * @param inferNanos from then until the answer
   */
  public void succeeded(ModelRef ref, int rows, long readNanos, long inferNanos) {
    counts
        .get(ref.tenant(), unused -> new Counts())
        .succeeded(ref.version(), rows, ticker.now().toEpochMilli(), readNanos, inferNanos);
  }

  /** Counts a request that failed after so long. */
  public void failed(TenantId tenant, long nanos) {
    counts.get(tenant, unused -> new Counts()).failed(nanos);
  }

  /**
   * The figures of one model.
   *
   * @param live the version that is told when none has answered yet
   */
  public StatisticsDocument of(ModelRef live) {
    Counts known = Optional.ofNullable(counts.getIfPresent(live.tenant())).orElseGet(Counts::new);
    Model model = known.model(live.tenant());
    return new StatisticsDocument(
        List.of(
            new Model(
                model.name(),
                live.version().toString(),
                model.lastInference(),
                model.inferenceCount(),
                model.executionCount(),
                model.inferenceStats(),
                model.batchStats())));
  }

  /** The figures of those that were asked for, in the order of their names. */
  public StatisticsDocument all(Predicate<TenantId> visible) {
    SortedMap<TenantId, Counts> sorted = new TreeMap<>(counts.asMap());
    sorted.keySet().removeIf(visible.negate());
    return new StatisticsDocument(
        sorted.entrySet().stream().map(each -> each.getValue().model(each.getKey())).toList());
  }
}
