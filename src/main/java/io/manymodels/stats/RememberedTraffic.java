package io.manymodels.stats;

import io.manymodels.model.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Traffic statistics of one moment, with which {@link TrafficStatistics} go on later, maybe in
 * another process. Immutable.
 *
 * @param at the moment, by the wall clock
 * @param halfLives in ascending order; lists of figures have one for each of them, in this order
 * @param inForce index of the half-life that decided
 * @param tenants the most worthy first
 */
public record RememberedTraffic(
    Instant at,
    List<Duration> halfLives,
    int inForce,
    Scores scores,
    Mean mean,
    List<Tenant> tenants) {
  public static final RememberedTraffic NOTHING =
      new RememberedTraffic(
          Instant.EPOCH, List.of(), 0, new Scores(List.of(), 0), new Mean(0, 0, 0), List.of());

  /**
   * The state of the contest between the half-lives.
   *
   * @param ofHalfLives requests lately for those tenants whom the half-life would have placed
   * @param requests all of them lately, {@code >= 0}
   */
  public record Scores(List<Double> ofHalfLives, double requests) {
    public Scores {
      ofHalfLives = List.copyOf(ofHalfLives);
      ofHalfLives.forEach(score -> requireFigure("scores", score));
      requireFigure("requests", requests);
    }
  }

  /**
   * The cost of the average model.
   *
   * @param count of the models that it is made from, {@code >= 0}
   */
  public record Mean(double loadMillis, double weightBytes, long count) {
    public Mean {
      requireFigure("loadMillis", loadMillis);
      requireFigure("weightBytes", weightBytes);
      requireFigure("count", (double) count);
    }
  }

  /**
   * One tenant.
   *
   * @param hits requests, decayed with each half-life, {@code >= 0}
   * @param version of the model that was measured; 0 when none was
   * @param cost of that model
   */
  public record Tenant(TenantId tenant, List<Double> hits, long version, ModelCost cost) {
    public Tenant {
      hits = List.copyOf(hits);
      hits.forEach(figure -> requireFigure("hits", figure));
      requireFigure("version", (double) version);
    }
  }

  /** Throws {@link IllegalArgumentException} when figures are missing, negative or not finite. */
  public RememberedTraffic {
    halfLives = List.copyOf(halfLives);
    tenants = List.copyOf(tenants);
    int count = halfLives.size();
    if (scores.ofHalfLives().size() != count
        || tenants.stream().anyMatch(of -> of.hits().size() != count)
        || inForce < 0
        || inForce >= Math.max(1, count)
        || halfLives.stream().anyMatch(halfLife -> halfLife.compareTo(Duration.ZERO) <= 0)) {
      throw new IllegalArgumentException("the figures are not those of the half-lives");
    }
  }

  private static void requireFigure(String name, double figure) {
    if (!(figure >= 0 && figure < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(name + " must be finite and not negative");
    }
  }

  public boolean isEmpty() {
    return halfLives.isEmpty();
  }

  /** The same with the first of the tenants only. */
  public RememberedTraffic first(int limit) {
    return new RememberedTraffic(
        at, halfLives, inForce, scores, mean, tenants.stream().limit(limit).toList());
  }

  /**
   * The same later, and for other half-lives. Where a half-life is not among ours, the figures are
   * those of the nearest one: for a shorter one, the share of them that it has of steady traffic;
   * for a longer one, no more than was counted. A moment before {@link #at} is taken for it,
   * because wall clocks are set back.
   *
   * @param others in ascending order, at least one
   */
  public RememberedTraffic as(List<Duration> others, Instant now) {
    if (isEmpty()) {
      return this;
    }
    Duration passed = Duration.between(at, now);
    double nanos = passed.isNegative() ? 0 : nanos(passed);
    int[] sources = new int[others.size()];
    double[] shares = new double[others.size()];
    for (int i = 0; i < sources.length; i++) {
      Duration other = others.get(i);
      sources[i] = nearest(halfLives, other);
      double share = Math.min(1, nanos(other) / nanos(halfLives.get(sources[i])));
      shares[i] = share * Math.pow(2, -nanos / nanos(other));
    }
    int inForceThere = nearest(others, halfLives.get(inForce));
    List<Double> scoresThere = new ArrayList<>();
    for (int source : sources) {
      scoresThere.add(scores.ofHalfLives().get(source));
    }
    return new RememberedTraffic(
        now,
        others,
        inForceThere,
        new Scores(scoresThere, scores.requests()),
        mean,
        tenants.stream().map(of -> converted(of, sources, shares)).toList());
  }

  private static Tenant converted(Tenant of, int[] sources, double[] shares) {
    List<Double> hits = new ArrayList<>();
    for (int i = 0; i < sources.length; i++) {
      hits.add(of.hits().get(sources[i]) * shares[i]);
    }
    return new Tenant(of.tenant(), hits, of.version(), of.cost());
  }

  /** By their ratio. */
  private static int nearest(List<Duration> halfLives, Duration to) {
    int nearest = 0;
    for (int i = 1; i < halfLives.size(); i++) {
      if (ratio(halfLives.get(i), to) < ratio(halfLives.get(nearest), to)) {
        nearest = i;
      }
    }
    return nearest;
  }

  private static double ratio(Duration one, Duration other) {
    double ratio = nanos(one) / nanos(other);
    return Math.max(ratio, 1 / ratio);
  }

  /** As a double, which does not overflow after 292 years. */
  private static double nanos(Duration duration) {
    return duration.getSeconds() * 1e9 + duration.getNano();
  }
}
