package io.manymodels.measuring;

import io.manymodels.model.TenantId;
import java.time.Duration;

/** The figures of one tenant, in as little memory as they take. Thread-confined. */
final class TenantRow {
  private static final double HALF_LIFE_MILLIS = Duration.ofMinutes(10).toMillis();
  private static final double MICROS = 1e6;
  private static final double NANOS = 1e9;
  private static final short NONE = -1;

  private final TenantId tenant;
  private long hits;
  private long overflowHits;
  private long loads;
  private long errors;
  private long predictionMicros;
  private long lastUsed;
  private long decayedAt;
  private float recentRequests;
  private float recentErrors;
  private byte[] sketch = LatencySketch.EMPTY;
  private short p50 = NONE;
  private short p95 = NONE;
  private short p99 = NONE;

  TenantRow(TenantId tenant, long now) {
    this.tenant = tenant;
    this.lastUsed = now;
    this.decayedAt = now;
  }

  TenantId tenant() {
    return tenant;
  }

  /** In milliseconds since the epoch. */
  long lastUsed() {
    return lastUsed;
  }

  int sketchBytes() {
    return sketch.length;
  }

  /**
   * Adds what one interval had.
   *
   * @param scratch of a count for each bucket, overwritten
   * @return by how many bytes the latencies have grown
   */
  int add(TenantMeasured more, long now, long[] scratch) {
    int failed = more.errors() + more.refusals();
    int requests = more.answered() + failed;
    hits += more.hits();
    overflowHits += more.overflowHits();
    loads += more.loads();
    errors += failed;
    predictionMicros += Math.max(0, more.predictionMicros());
    if (requests > 0) {
      lastUsed = now;
      float factor = (float) fading(now);
      recentRequests = recentRequests * factor + requests;
      recentErrors = recentErrors * factor + failed;
      decayedAt = now;
    }
    return more.latencies().isEmpty() ? 0 : addLatencies(more, scratch);
  }

  private double fading(long now) {
    return Math.pow(2, -Math.max(0, now - decayedAt) / HALF_LIFE_MILLIS);
  }

  private int addLatencies(TenantMeasured more, long[] scratch) {
    LatencySketch.read(sketch, scratch);
    for (int i = 0; i + 1 < more.latencies().size(); i += 2) {
      int bucket = more.latencies().get(i);
      if (bucket >= 0 && bucket < scratch.length) {
        scratch[bucket] += Math.max(0, more.latencies().get(i + 1));
      }
    }
    LatencySketch.forget(scratch);
    int before = sketch.length;
    sketch = LatencySketch.write(scratch);
    p50 = (short) Buckets.quantile(scratch, 0.5);
    p95 = (short) Buckets.quantile(scratch, 0.95);
    p99 = (short) Buckets.quantile(scratch, 0.99);
    return sketch.length - before;
  }

  /** Returns how many bytes become free. */
  int forgetLatencies() {
    int before = sketch.length;
    sketch = LatencySketch.EMPTY;
    p50 = NONE;
    p95 = NONE;
    p99 = NONE;
    return before;
  }

  TenantFigures figures(long now) {
    double factor = fading(now);
    return new TenantFigures(
        tenant,
        hits + overflowHits + loads + errors,
        errors,
        hits,
        overflowHits,
        loads,
        seconds(p50),
        seconds(p95),
        seconds(p99),
        lastUsed,
        predictionMicros / MICROS,
        recentRequests * factor,
        recentErrors * factor);
  }

  private static double seconds(short bucket) {
    return bucket < 0 ? 0 : Buckets.nanos(bucket) / NANOS;
  }
}
