package io.manymodels.stats;

import io.manymodels.model.ModelRef;
import io.manymodels.model.TenantId;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
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

  /**
   * The contest remembers about as many requests as there are places, and this many more so that
   * chance does not decide it where places are few.
   */
  private static final int CONTEST_MEMORY_REQUESTS = 250;

  private final Ticker ticker;
  private final HalfLives halfLives;
  private final HalfLifeContest contest;
  private final KnownTenants known;
  private final Shadows shadows;
  private final MeanCost mean = new MeanCost();
  private double overflowMillis;
  private int places = 1;
  private int chosen;
  private TrafficTotals totals = TrafficTotals.NONE;

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
    this.shadows = new Shadows(known, halfLives.size());
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
      shadows.asked(requests);
      measured(row, of.model().version().number(), of.cost());
    }
    if (halfLives.count() > 1) {
      contest.forgetAfter((double) places + CONTEST_MEMORY_REQUESTS);
      shadows.renew(places);
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
    mean.add(millis, cost.weightBytes());
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

  /**
   * What somebody needs to go on with these statistics later.
   *
   * @param limit of tenants, {@code >= 1}
   * @param first those who are among them whatever they are worth, before the most worthy others
   */
  public RememberedTraffic remember(int limit, Predicate<TenantId> first) {
    advance();
    double[] worth = new double[known.size()];
    for (int row = 0; row < worth.length; row++) {
      worth[row] =
          first.test(known.tenant(row)) ? Double.MAX_VALUE : known.counts[chosen][row] * cost(row);
    }
    double least = Shadows.least(worth, worth.length, limit);
    List<RememberedTraffic.Tenant> tenants =
        IntStream.range(0, worth.length)
            .filter(row -> worth[row] >= least)
            .boxed()
            .sorted(Comparator.comparingDouble(row -> -worth[row]))
            .limit(limit)
            .map(this::remembered)
            .toList();
    return new RememberedTraffic(
        ticker.now(), halfLives.all(), chosen, contest.scores(), mean.remember(), tenants);
  }

  private RememberedTraffic.Tenant remembered(int row) {
    List<Double> hits = new ArrayList<>();
    for (int i = 0; i < halfLives.count(); i++) {
      hits.add(known.counts[i][row] / halfLives.weight(i));
    }
    return new RememberedTraffic.Tenant(
        known.tenant(row),
        hits,
        known.versions[row],
        new ModelCost(
            known.weightBytes[row], Math.round(known.loadMillis[row] * MICROS_PER_MILLI)));
  }

  /**
   * Goes on with what was remembered, as if there had been no request since then. To be called on
   * statistics that are new, after {@link #setPlaces}.
   */
  public void restore(RememberedTraffic remembered) {
    if (remembered.isEmpty()) {
      return;
    }
    RememberedTraffic traffic = remembered.first(known.room()).as(halfLives.all(), ticker.now());
    advance();
    for (RememberedTraffic.Tenant of : traffic.tenants()) {
      int row = known.touch(of.tenant());
      if (row < 0) {
        continue; // The sketch takes it for less frequent than those who are known.
      }
      for (int i = 0; i < halfLives.count(); i++) {
        known.counts[i][row] += of.hits().get(i) * halfLives.weight(i);
      }
      known.versions[row] = of.version();
      known.loadMillis[row] = of.cost().loadMicros() / MICROS_PER_MILLI;
      known.weightBytes[row] = of.cost().weightBytes();
    }
    mean.restore(traffic.mean());
    shadows.renewAll(places);
    contest.restore(traffic.scores(), traffic.inForce());
    chosen = traffic.inForce();
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
        : (overflowMillis + known.loadMillis[row]) / (overflowMillis + mean.loadMillis());
  }

  private long meanWeight() {
    return mean.count() == 0 ? UNKNOWN_WEIGHT : (long) mean.weightBytes();
  }
}
