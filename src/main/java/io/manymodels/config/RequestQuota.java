package io.manymodels.config;

/**
 * How much may be asked, over all Dispatchers together.
 *
 * @param requestsPerSecond 0.001..1000000; {@link Double#POSITIVE_INFINITY}: any number
 * @param rowsPerSecond likewise, up to 1000000000
 * @param burstSeconds 0.1..3600: what was not asked in as many seconds may be asked at once
 */
public record RequestQuota(double requestsPerSecond, double rowsPerSecond, double burstSeconds) {
  public static final double LEAST_PER_SECOND = 0.001;
  public static final double MOST_REQUESTS_PER_SECOND = 1_000_000;
  public static final double MOST_ROWS_PER_SECOND = 1_000_000_000;
  public static final double LEAST_BURST_SECONDS = 0.1;
  public static final double MOST_BURST_SECONDS = 3_600;
  public static final double DEFAULT_BURST_SECONDS = 1;

  /** No limit. */
  public static final RequestQuota UNLIMITED =
      new RequestQuota(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, DEFAULT_BURST_SECONDS);

  /** Throws {@link IllegalArgumentException} that names key, value and range. */
  public RequestQuota {
    check("requests_per_second", requestsPerSecond, LEAST_PER_SECOND, MOST_REQUESTS_PER_SECOND);
    check("rows_per_second", rowsPerSecond, LEAST_PER_SECOND, MOST_ROWS_PER_SECOND);
    if (!(burstSeconds >= LEAST_BURST_SECONDS && burstSeconds <= MOST_BURST_SECONDS)) {
      throw refused("burst_s", burstSeconds, LEAST_BURST_SECONDS, MOST_BURST_SECONDS);
    }
  }

  private static void check(String key, double value, double least, double most) {
    if (value != Double.POSITIVE_INFINITY && !(value >= least && value <= most)) {
      throw refused(key, value, least, most);
    }
  }

  private static IllegalArgumentException refused(
      String key, double value, double least, double most) {
    return new IllegalArgumentException(
        "key '" + key + "': " + value + " is not in " + plain(least) + ".." + plain(most));
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
  }

  /** Whether there is any limit. */
  public boolean isLimit() {
    return requestsPerSecond != Double.POSITIVE_INFINITY
        || rowsPerSecond != Double.POSITIVE_INFINITY;
  }
}
