package io.manymodels.measuring;

import io.manymodels.model.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What an interval had of one tenant, while it is put together. Thread-confined. */
final class TenantDraft {
  private final int[] counts = new int[RequestOutcome.COUNT];
  private final Map<Integer, Integer> latencies = new TreeMap<>();
  private long predictionNanos;

  void add(RequestOutcome outcome, long nanos) {
    counts[outcome.number()]++;
    if (outcome.answered()) {
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
        counts[RequestOutcome.HIT.number()],
        counts[RequestOutcome.OVERFLOW_HIT.number()],
        counts[RequestOutcome.LOAD.number()],
        counts[RequestOutcome.ERROR.number()],
        counts[RequestOutcome.REFUSAL.number()],
        predictionNanos / 1_000,
        pairs);
  }
}
