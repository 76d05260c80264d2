package io.manymodels.quota;

import io.manymodels.time.Ticker;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * One limit of one subject in this Dispatcher: counts what is asked for, and admits this
 * Dispatcher's share. Thread-safe.
 */
final class Meter {
  /** The part of a limit that is kept for Dispatchers which were not asked lately. */
  private static final double KEPT_SHARE = 0.05;

  /** The weight of the newest interval: what came before fades in a second or two. */
  private static final double NEWEST = 0.5;

  private final Ticker ticker;
  private final LongAdder asked = new LongAdder();
  private volatile @Nullable RateLimit limit;
  private double perSecond = Double.POSITIVE_INFINITY;
  private double burstSeconds;
  private volatile double demand;
  private double share = 1;

  Meter(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Puts another limit in force, for all Dispatchers together; infinite: none. */
  synchronized void limit(double newPerSecond, double newBurstSeconds) {
    perSecond = newPerSecond;
    burstSeconds = newBurstSeconds;
    apply();
  }

  private void apply() {
    if (perSecond == Double.POSITIVE_INFINITY) {
      limit = null;
      return;
    }
    double rate = Math.max(RequestRates.LEAST, perSecond * share);
    @Nullable RateLimit now = limit;
    if (now == null) {
      limit = new RateLimit(rate, rate * burstSeconds, ticker);
    } else {
      now.change(rate, rate * burstSeconds);
    }
  }

  /** The limit now; null when there is none. */
  @Nullable RateLimit limit() {
    return limit;
  }

  /** Counts what is asked for, whether it is admitted or not. */
  void ask(long amount) {
    asked.add(amount);
  }

  /**
   * Ends an interval.
   *
   * @param seconds its length
   * @return what is asked for in a second, as it was lately
   */
  double endInterval(double seconds) {
    double now = asked.sumThenReset() / seconds;
    double faded = demand + NEWEST * (now - demand);
    demand = faded < RequestRates.LEAST ? 0 : faded;
    return demand;
  }

  /**
   * Takes this Dispatcher's part of the limit. While all together are asked for less than it, each
   * has what it needs and an equal part of the rest; else each has a part as its demand is one of
   * all.
   *
   * @param total what all Dispatchers are asked for in a second, this one included
   * @param dispatchers how many there are
   */
  synchronized void share(double total, int dispatchers) {
    if (perSecond == Double.POSITIVE_INFINITY) {
      return;
    }
    double all = Math.max(total, demand);
    double equal = 1.0 / Math.max(1, dispatchers);
    share =
        all <= perSecond
            ? (demand + (perSecond - all) * equal) / perSecond
            : (1 - KEPT_SHARE) * demand / all + KEPT_SHARE * equal;
    apply();
  }
}
