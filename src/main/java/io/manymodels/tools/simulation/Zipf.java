package io.manymodels.tools.simulation;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Zipf's law: the tenant of rank {@code r = 1, 2, ..} has a share proportional to {@code r^-s}.
 * Drawn exactly, by bisection in the cumulated weights. Which tenant has which rank is drawn too,
 * so that nothing can be learned from a tenant's number. Thread-confined, as the random source is.
 */
public final class Zipf {
  private final double[] cumulated;
  private final int[] tenantOfRank;
  private final SplittableRandom random;

  /** Over the tenants {@code first .. first + tenants - 1}. */
  public Zipf(double exponent, int first, int tenants, SplittableRandom random) {
    this.random = random;
    cumulated = new double[tenants];
    tenantOfRank = new int[tenants];
    double sum = 0;
    for (int rank = 0; rank < tenants; rank++) {
      sum += Math.pow(rank + 1.0, -exponent);
      cumulated[rank] = sum;
      int other = random.nextInt(rank + 1);
      tenantOfRank[rank] = tenantOfRank[other];
      tenantOfRank[other] = first + rank;
    }
  }

  public int next() {
    double drawn = random.nextDouble() * cumulated[cumulated.length - 1];
    int found = Arrays.binarySearch(cumulated, drawn);
    int rank = found >= 0 ? found + 1 : -found - 1;
    return tenantOfRank[Math.min(rank, tenantOfRank.length - 1)];
  }

  /** The tenant of a rank, 0 for the one that is asked for most. */
  int tenant(int rank) {
    return tenantOfRank[rank];
  }

  /** The share of the rank in all requests, {@code 0..1}. */
  double share(int rank) {
    double before = rank == 0 ? 0 : cumulated[rank - 1];
    return (cumulated[rank] - before) / cumulated[cumulated.length - 1];
  }
}
