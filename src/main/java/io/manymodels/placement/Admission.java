package io.manymodels.placement;

import io.manymodels.stats.Worth;

/**
 * The rule that decides whether a candidate is worth more than the victims it would displace. Two
 * thresholds keep tenants of nearly equal worth from changing places for ever: a margin, and a
 * number of standard deviations of the difference that chance alone would make. Stateless.
 *
 * @param margin by which the candidate's benefit must be greater, relative to the victims', {@code
 *     >= 0}
 * @param deviations by how many standard deviations of the difference, {@code >= 0}
 */
public record Admission(double margin, double deviations) {

  /** Throws {@link IllegalArgumentException} when a figure is negative or not a number. */
  public Admission {
    if (!(margin >= 0 && deviations >= 0)) {
      throw new IllegalArgumentException("margin and deviations must not be negative");
    }
  }

  /** The benefit that {@code candidate} must exceed to be admitted. */
  public double bar(Worth candidate, double victimsBenefit, double victimsVariance) {
    return victimsBenefit
        + Math.max(
            margin * victimsBenefit,
            deviations * Math.sqrt(candidate.variance() + victimsVariance));
  }
}
