package io.manymodels.tools.chaos;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * The addresses that requests are sent to.
 *
 * @param addresses that serve {@code POST /score}
 * @param firstPercent so many of a hundred requests to the first address, the others to the others
 *     in equal parts
 */
public record ScoreAddresses(List<InetSocketAddress> addresses, int firstPercent) {
  /** Tenants go by turns; the address must not depend on that. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private static final int ALL = 100;

  public ScoreAddresses {
    addresses = List.copyOf(addresses);
    if (addresses.isEmpty() || firstPercent < 0 || firstPercent > ALL) {
      throw new IllegalArgumentException("endpoints need an address and a share of 0 to 100 %");
    }
  }

  /** The place of the address that takes the request with this number. */
  int of(long number) {
    long chance = (number * SPREAD) >>> Integer.SIZE;
    if (addresses.size() == 1 || chance % ALL < firstPercent) {
      return 0;
    }
    return 1 + (int) (chance / ALL % (addresses.size() - 1));
  }
}
