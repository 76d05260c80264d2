package io.manymodels.measuring;

import io.manymodels.model.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What an interval had of one tenant, while it is put together. Thread-confined. */
final class TenantDraft {
  private static final int OUTCOMES = RequestOutcome.values().length;

  private final int[] counts = new int[OUTCOMES];
  private final Map<Integer, Integer> latencies = new TreeMap<>();
  private long predictionNanos;

  void add(RequestOutcome outcome, long nanos) {
    counts[outcome.ordinal()]++;
    if (outcome.compareTo(RequestOutcome.ERROR) < 0) {
      latencies.merge(Buckets.of(nanos), 1, Integer::sum);
    }
  }

  void addPrediction(long nanos) {
    predictionNanos += nanos;
  }

  TenantMeasured of(TenantId tenant) {
    List<Integer> pairs = new ArrayList<>(2 * latencies.size());
    latencies.forEach(
        (bucket, count) -> {
          pairs.add(bucket);
          pairs.add(count);
        });
    return new TenantMeasured(
        tenant,
        counts[RequestOutcome.HIT.ordinal()],
        counts[RequestOutcome.OVERFLOW_HIT.ordinal()],
        counts[RequestOutcome.LOAD.ordinal()],
        counts[RequestOutcome.ERROR.ordinal()],
        counts[RequestOutcome.REFUSAL.ordinal()],
        predictionNanos / 1_000,
        pairs);
  }
}
