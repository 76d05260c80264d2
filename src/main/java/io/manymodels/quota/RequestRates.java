package io.manymodels.quota;

/**
 * What one subject asks for in a second.
 *
 * @param subject see {@link Subject#toString}
 */
public record RequestRates(String subject, double requests, double rows) {
  /** Less than this counts as nothing. */
  static final double LEAST = 0.001;
}
