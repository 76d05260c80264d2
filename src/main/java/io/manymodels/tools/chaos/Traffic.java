package io.manymodels.tools.chaos;

import io.manymodels.tools.simulation.Zipf;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the tenant of the next request, and its time. Every second request is from a watched
 * tenant, in turn, so that no gap of theirs is missed; the others follow Zipf's law. Intervals are
 * exponential, as from many independent clients. Thread-safe.
 */
final class Traffic {
  private static final double EXPONENT = 1.0;
  private static final double NANOS_PER_SECOND = 1e9;

  private final SplittableRandom random;
  private final @Nullable Zipf others;
  private final List<Integer> watched;
  private final double requestsPerSecond;
  private long dueNanos;
  private long number;

  /** A request to be sent. */
  record Due(long nanos, int tenant, long number) {}

  /**
   * @param tenants those numbered from 1 on; 0: only the watched ones ask
   * @param startNanos when the first one is due
   */
  Traffic(
      int tenants, List<Integer> watched, double requestsPerSecond, long seed, long startNanos) {
    this.random = new SplittableRandom(seed);
    this.others = tenants == 0 ? null : new Zipf(EXPONENT, 1, tenants, random.split());
    this.watched = List.copyOf(watched);
    this.requestsPerSecond = requestsPerSecond;
    this.dueNanos = startNanos;
  }

  synchronized Due next() {
    dueNanos += (long) (-Math.log(1 - random.nextDouble()) / requestsPerSecond * NANOS_PER_SECOND);
    long turn = number++;
    int tenant;
    if (others == null) {
      tenant = watched.get((int) (turn % watched.size()));
    } else if (turn % 2 == 0 && !watched.isEmpty()) {
      tenant = watched.get((int) (turn / 2 % watched.size()));
    } else {
      tenant = others.next();
    }
    return new Due(dueNanos, tenant, turn);
  }
}
