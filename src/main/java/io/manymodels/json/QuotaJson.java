package io.manymodels.json;

import io.manymodels.config.RequestQuota;
import org.jspecify.annotations.Nullable;

/** A quota as people write it; a limit that is missing is none. */
public record QuotaJson(
    @Nullable Double requestsPerSecond, @Nullable Double rowsPerSecond, @Nullable Double burstS) {

  /** The quota, or none for null. Throws {@link IllegalArgumentException} that names the key. */
  public static RequestQuota read(@Nullable QuotaJson quota) {
    return quota == null
        ? RequestQuota.UNLIMITED
        : new RequestQuota(
            or(quota.requestsPerSecond, Double.POSITIVE_INFINITY),
            or(quota.rowsPerSecond, Double.POSITIVE_INFINITY),
            or(quota.burstS, RequestQuota.DEFAULT_BURST_SECONDS));
  }

  private static double or(@Nullable Double given, double byDefault) {
    return given == null ? byDefault : given;
  }
}
