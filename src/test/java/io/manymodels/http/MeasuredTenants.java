package io.manymodels.http;

import io.manymodels.measuring.TenantFigures;
import io.manymodels.model.TenantId;
import io.manymodels.testing.MeasuredSamples;
import java.util.List;
import java.util.stream.IntStream;

/** Figures of many tenants. */
final class MeasuredTenants {
  private MeasuredTenants() {}

  /** Tenants whose names are as long as they may be. */
  static List<TenantFigures> longNames(int count) {
    TenantFigures of = MeasuredSamples.figures();
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                new TenantFigures(
                    new TenantId("t".repeat(TenantId.MAX_LENGTH - 6) + String.format("%06d", i)),
                    of.requests(),
                    of.errors(),
                    of.hits(),
                    of.overflowHits(),
                    of.loads(),
                    of.p50(),
                    of.p95(),
                    of.p99(),
                    of.lastUsedMillis(),
                    of.predictionSeconds(),
                    of.recentRequests(),
                    of.recentErrors()))
        .toList();
  }
}
