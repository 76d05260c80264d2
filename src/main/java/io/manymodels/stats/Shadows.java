package io.manymodels.stats;

import java.util.Arrays;

/**
 * For each half-life the tenants that would be placed if its counts decided: a bit in {@link
 * KnownTenants#shadows}. They are renewed a few at a time. Thread-confined.
 */
final class Shadows {
  /** The number of rows that may be sorted in one round to renew shadows. */
  private static final int MAX_SORTED_ROWS = 50_000;

  /** Shadows are renewed after this share of the number of places in requests. */
  private static final double RENEWAL_SHARE = 0.25;

  private final KnownTenants known;
  private final int count;
  private int next;
  private long requests;

  Shadows(KnownTenants known, int count) {
    this.known = known;
    this.count = count;
  }

  /** Counts requests since the last renewal. */
  void asked(int more) {
    requests += more;
  }

  /** Renews some of them after enough requests. */
  void renew(int places) {
    if (requests < (long) (places * RENEWAL_SHARE)) {
      return;
    }
    requests = 0;
    int renewals = Math.max(1, Math.min(count, MAX_SORTED_ROWS / (known.size() + 1)));
    for (int i = 0; i < renewals; i++) {
      renewOne(next, places);
      next = (next + 1) % count;
    }
  }

  void renewAll(int places) {
    for (int i = 0; i < count; i++) {
      renewOne(i, places);
    }
  }

  private void renewOne(int shadow, int places) {
    double[] counts = known.counts[shadow];
    double least = least(counts, known.size(), places);
    int bit = 1 << shadow;
    int free = places;
    for (int row = 0; row < known.size(); row++) {
      if (counts[row] > least) {
        known.shadows[row] |= bit;
        free--;
      } else {
        known.shadows[row] &= ~bit;
      }
    }
    for (int row = 0; row < known.size() && free > 0; row++) {
      if (counts[row] == least) {
        known.shadows[row] |= bit;
        free--;
      }
    }
  }

  /** The least of the {@code places} greatest of the first {@code size} values; else 0. */
  static double least(double[] values, int size, int places) {
    if (size <= places) {
      return 0;
    }
    double[] sorted = Arrays.copyOf(values, size);
    Arrays.sort(sorted);
    return sorted[size - places];
  }
}
