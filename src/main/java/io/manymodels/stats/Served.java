package io.manymodels.stats;

/** The way a request was answered; the counting rule is in the package description. */
public enum Served {
  HIT,
  OVERFLOW_HIT,
  LOAD
}
