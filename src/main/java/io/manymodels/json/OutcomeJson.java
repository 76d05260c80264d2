package io.manymodels.json;

import io.manymodels.tools.simulation.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * One line of what {@code simulate --json} prints.
 *
 * @param trace null when there was only one
 */
public record OutcomeJson(
    @Nullable String trace,
    String policy,
    long requests,
    long hits,
    double hitRatio,
    long promotions,
    long evictions) {

  public static OutcomeJson of(@Nullable String trace, Outcome outcome) {
    return new OutcomeJson(
        trace,
        outcome.policy(),
        outcome.requests(),
        outcome.hits(),
        outcome.hitRatio(),
        outcome.promotions(),
        outcome.evictions());
  }
}
