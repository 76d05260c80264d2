package io.manymodels.stats;

/** How a request was answered; the counting rule is in the package's description. */
public enum Served {
  HIT,
  OVERFLOW_HIT,
  LOAD
}
