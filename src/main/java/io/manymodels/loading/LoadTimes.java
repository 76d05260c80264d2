package io.manymodels.loading;

import io.manymodels.loading.ArtifactTiers.Tier;
import io.manymodels.measuring.Measure;
import io.manymodels.measuring.Measurements;
import io.manymodels.measuring.Timing;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** How long models take to load, by the tier that had the artifact. Thread-safe. */
final class LoadTimes {
  private final Map<Tier, Timing> byTier = new EnumMap<>(Tier.class);
  private final Timing prepared;

  LoadTimes(Measurements measurements) {
    for (Tier tier : Tier.values()) {
      byTier.put(
          tier,
          measurements.timing(Measure.MODEL_LOAD_SECONDS, tier.name().toLowerCase(Locale.ROOT)));
    }
    this.prepared = measurements.timing(Measure.MODEL_LOAD_SECONDS, "prepared");
  }

  /** A model was loaded from its artifact. */
  void loaded(Tier from, long nanos) {
    Objects.requireNonNull(byTier.get(from)).record(nanos);
  }

  /** A model that was warmed up before has been asked for. */
  void prepared(long nanos) {
    prepared.record(nanos);
  }
}
