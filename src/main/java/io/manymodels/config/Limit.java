package io.manymodels.config;

/** Checks that a setting is in its range, with a message that names key, value and range. */
final class Limit {
  private Limit() {}

  static double inRange(String key, double value, double low, double high) {
    if (!(value >= low && value <= high)) {
      throw new IllegalArgumentException(
          "key '" + key + "': " + value + " is not in " + low + ".." + high);
    }
    return value;
  }

  static int inRange(String key, int value, int low, int high) {
    return (int) inRange(key, (long) value, low, high);
  }

  static long inRange(String key, long value, long low, long high) {
    if (value < low || value > high) {
      throw new IllegalArgumentException(
          "key '" + key + "': " + value + " is not in " + low + ".." + high);
    }
    return value;
  }
}
