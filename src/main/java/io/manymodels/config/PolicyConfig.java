package io.manymodels.config;

import io.manymodels.config.ConfigKey.RealKey;
import io.manymodels.config.ConfigKey.WholeKey;
import java.util.List;

/**
 * How SharedMemory judges which tenants are worth a place; part of its user_config.
 *
 * @param halfLifeSeconds see {@link #HALF_LIFE_S}, or {@link #CHOSEN}
 * @param admissionMargin see {@link #ADMISSION_MARGIN}
 * @param admissionDeviations see {@link #ADMISSION_DEVIATIONS}
 * @param overflowCostMs see {@link #OVERFLOW_COST_MS}
 */
public record PolicyConfig(
    int halfLifeSeconds, double admissionMargin, double admissionDeviations, int overflowCostMs) {
  /** The half-life is chosen as the traffic goes. */
  public static final int CHOSEN = 0;

  public static final WholeKey HALF_LIFE_S =
      new WholeKey(
          "half_life_s",
          1,
          604_800,
          CHOSEN,
          "the best of several, by the traffic",
          "Seconds after which a request counts half.");
  public static final RealKey ADMISSION_MARGIN =
      new RealKey(
          "admission_margin",
          0,
          10,
          0.1,
          "How much more a tenant must be worth than those it displaces, as a fraction of these.");
  public static final RealKey ADMISSION_DEVIATIONS =
      new RealKey(
          "admission_deviations",
          0,
          10,
          0.9,
          "By how many standard deviations of chance it must be worth more.");
  public static final WholeKey OVERFLOW_COST_MS =
      new WholeKey(
          "overflow_cost_ms",
          1,
          60_000,
          10,
          "The cost in milliseconds of a request for a tenant without a place, in addition to loading "
              + "its model. The higher it is, the less the load time matters.");

  public static final List<ConfigKey> KEYS =
      List.of(HALF_LIFE_S, ADMISSION_MARGIN, ADMISSION_DEVIATIONS, OVERFLOW_COST_MS);

  public static final PolicyConfig DEFAULT =
      new PolicyConfig(
          HALF_LIFE_S.byDefault(),
          ADMISSION_MARGIN.byDefault(),
          ADMISSION_DEVIATIONS.byDefault(),
          OVERFLOW_COST_MS.byDefault());

  /** Throws {@link IllegalArgumentException} that names key, value and range. */
  public PolicyConfig {
    if (halfLifeSeconds != CHOSEN) {
      HALF_LIFE_S.check(halfLifeSeconds);
    }
    ADMISSION_MARGIN.check(admissionMargin);
    ADMISSION_DEVIATIONS.check(admissionDeviations);
    OVERFLOW_COST_MS.check(overflowCostMs);
  }
}
