package io.manymodels.config;

/**
 * How SharedMemory judges who is worth a place; part of its user_config.
 *
 * @param halfLifeSeconds after which a request counts half, {@code 1..604800}; 0: the best of
 *     several is chosen as the traffic goes
 * @param admissionMargin by which a tenant must be worth more than those it displaces, relative to
 *     them, {@code 0..10}
 * @param admissionDeviations by how many standard deviations of what chance makes of the
 *     difference, {@code 0..10}
 * @param overflowCostMs what a request costs that finds no place, beside the load of a model, in
 *     milliseconds, {@code 1..60000}: the greater, the less the time to load a model matters
 */
public record PolicyConfig(
    int halfLifeSeconds, double admissionMargin, double admissionDeviations, int overflowCostMs) {
  public static final PolicyConfig DEFAULT = new PolicyConfig(0, 0.1, 0.9, 10);

  /** Throws {@link IllegalArgumentException} that names key, value and range. */
  public PolicyConfig {
    Limit.inRange("half_life_s", halfLifeSeconds, 0, 604_800);
    Limit.inRange("admission_margin", admissionMargin, 0, 10);
    Limit.inRange("admission_deviations", admissionDeviations, 0, 10);
    Limit.inRange("overflow_cost_ms", overflowCostMs, 1, 60_000);
  }
}
