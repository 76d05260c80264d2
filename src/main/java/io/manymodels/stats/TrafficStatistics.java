package io.manymodels.stats;

import io.manymodels.model.ModelRef;
import io.manymodels.model.TenantId;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * Statistics of the traffic for placement: decayed counts and measured costs of a bounded number of
 * tenants, for several half-lives at once. Each half-life has a <i>shadow</i>, the set of tenants
 * that would be placed if its counts decided; {@link HalfLifeContest} chooses the half-life whose
 * shadow had the most requests lately. Thread-confined.
 */
public final class TrafficStatistics implements Demand {
  /**
   * The half-lives to choose from: from traffic that changes within seconds to traffic that follows
   * the days.
   */
  public static final List<Duration> LADDER =
      Stream.of(
              31L,
              125L,
              500L,
              2_000L,
              8_000L,
              32_000L,
              128_000L,
              512_000L,
              2_048_000L,
              8_192_000L,
              65_536_000L)
          .map(Duration::ofMillis)
          .toList();

  private static final double MICROS_PER_MILLI = 1_000;
  private static final long UNKNOWN_WEIGHT = 64 << 10;

  /** The number of rows that may be sorted in one round to renew shadows. */
  private static final int MAX_SORTED_ROWS = 50_000;

  /** Shadows are renewed after this share of the number of places in requests. */
  private static final double RENEWAL_SHARE = 0.25;

  /**
   * The contest remembers about as many requests as there are places, and this many more so that
   * chance does not decide it where places are few.
   */
  private static final int CONTEST_MEMORY_REQUESTS = 250;

  private final Ticker ticker;
  private final HalfLives halfLives;
  private final HalfLifeContest contest;
  private final KnownTenants known;
  private final Mean meanLoadMillis = new Mean();
  private final Mean meanWeightBytes = new Mean();
  private double overflowMillis;
  private int places = 1;
  private int chosen;
  private int nextShadow;
  private long sinceShadow;
  private TrafficTotals totals = TrafficTotals.NONE;

  /** An exponential moving average, exact for the first values. */
  private static final class Mean {
    private static final double MIN_SHARE_OF_NEXT = 0.01;
    private double value;
    private long count;

    private void add(double next) {
      count++;
      value += (next - value) * Math.max(MIN_SHARE_OF_NEXT, 1.0 / count);
    }
  }

  /**
   * @param halfLives to choose from, ascending, 1 to 31 of them
   * @param knownTenants maximum number of tenants to remember
   * @param overflowMillis cost of a request at Deploymentx besides a load, in milliseconds
   */
  public TrafficStatistics(
      List<Duration> halfLives, int knownTenants, double overflowMillis, Ticker ticker) {
    this.ticker = ticker;
    this.halfLives = new HalfLives(halfLives, ticker.nanos());
    this.contest = new HalfLifeContest(halfLives.size());
    this.known = new KnownTenants(halfLives.size(), knownTenants);
    this.chosen = halfLives.size() - 1;
    this.overflowMillis = overflowMillis;
  }

  /** Records the traffic of an interval. */
  public void record(Collection<TenantTraffic> traffic) {
    advance();
    for (TenantTraffic of : traffic) {
      int row = known.touch(of.tenant());
      totals = totals.plus(of);
      if (row < 0) {
        continue; // Only the sketch counts it: enough tenants get more requests.
      }
      int requests = of.requests();
      for (int i = 0; i < halfLives.count(); i++) {
        known.counts[i][row] += requests * halfLives.weight(i);
      }
      contest.record(known.shadows[row], requests);
      sinceShadow += requests;
      measured(row, of.model().version().number(), of.cost());
    }
    if (halfLives.count() > 1) {
      contest.forgetAfter((double) places + CONTEST_MEMORY_REQUESTS);
      renewShadows();
      chosen = contest.choose();
    }
  }

  private void advance() {
    double[] factors = halfLives.advance(ticker.nanos());
    for (int i = 0; i < factors.length; i++) {
      if (factors[i] != 1) {
        for (int row = 0; row < known.size(); row++) {
          known.counts[i][row] *= factors[i];
        }
      }
    }
  }

  private void measured(int row, long version, ModelCost cost) {
    double millis = cost.loadMicros() / MICROS_PER_MILLI;
    // The quickest of several loads is the one that waited least for others.
    if (known.versions[row] == version && millis >= known.loadMillis[row]) {
      return;
    }
    known.versions[row] = version;
    known.loadMillis[row] = millis;
    known.weightBytes[row] = cost.weightBytes();
    meanLoadMillis.add(millis);
    meanWeightBytes.add((double) cost.weightBytes());
  }

  private void renewShadows() {
    if (sinceShadow < (long) (places * RENEWAL_SHARE)) {
      return;
    }
    sinceShadow = 0;
    int renewals = Math.max(1, Math.min(halfLives.count(), MAX_SORTED_ROWS / (known.size() + 1)));
    for (int i = 0; i < renewals; i++) {
      renewShadow(nextShadow);
      nextShadow = (nextShadow + 1) % halfLives.count();
    }
  }

  private void renewShadow(int shadow) {
    double[] counts = known.counts[shadow];
    double least = least(counts);
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

  private double least(double[] counts) {
    if (known.size() <= places) {
      return 0;
    }
    double[] sorted = Arrays.copyOf(counts, known.size());
    Arrays.sort(sorted);
    return sorted[sorted.length - places];
  }

  /**
   * Records the cost that a hot replica measured, even for a model that nobody has asked for yet.
   */
  public void weigh(ModelRef model, ModelCost cost) {
    int row = known.find(model.tenant());
    if (row < 0) {
      row = known.touch(model.tenant());
    }
    if (row >= 0) {
      measured(row, model.version().number(), cost);
    }
  }

  /** Sets how many tenants fit into the dynamic deployments together; less than 1 counts as 1. */
  public void setPlaces(int count) {
    places = Math.max(1, count);
  }

  /** Sets the maximum number of tenants to remember. */
  public void setKnownTenants(int maximum) {
    known.setMaximum(maximum);
  }

  /** Sets the cost of a request at Deploymentx besides a load, in milliseconds. */
  public void setOverflowMillis(double millis) {
    overflowMillis = millis;
  }

  /** Returns the number of tenants that are remembered now. */
  public int size() {
    return known.size();
  }

  /** Returns all requests ever recorded. */
  public TrafficTotals totals() {
    return totals;
  }

  @Override
  public Worth of(TenantId tenant) {
    int row = known.find(tenant);
    return row < 0 ? new Worth(0, 1, meanWeight()) : worth(row);
  }

  @Override
  public List<TenantWorth> above(double benefit) {
    List<TenantWorth> above = new ArrayList<>();
    double[] counts = known.counts[chosen];
    double bar = benefit * halfLives.weight(chosen);
    for (int row = 0; row < known.size(); row++) {
      if (counts[row] * cost(row) > bar) {
        above.add(new TenantWorth(known.tenant(row), worth(row)));
      }
    }
    return above;
  }

  @Override
  public Duration halfLife() {
    return halfLives.get(chosen);
  }

  private Worth worth(int row) {
    return new Worth(
        known.counts[chosen][row] / halfLives.weight(chosen),
        cost(row),
        known.versions[row] == 0 ? meanWeight() : known.weightBytes[row]);
  }

  private double cost(int row) {
    return known.versions[row] == 0
        ? 1
        : (overflowMillis + known.loadMillis[row]) / (overflowMillis + meanLoadMillis.value);
  }

  private long meanWeight() {
    return meanWeightBytes.count == 0 ? UNKNOWN_WEIGHT : (long) meanWeightBytes.value;
  }
}
