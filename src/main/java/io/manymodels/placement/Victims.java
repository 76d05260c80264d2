package io.manymodels.placement;

import io.manymodels.model.TenantId;
import io.manymodels.stats.Demand;
import io.manymodels.stats.TenantWorth;
import io.manymodels.stats.Worth;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The tenants that would leave one dynamic deployment, in order: the least benefit first, or the
 * least benefit per byte where memory is the scarce resource. Pinned tenants and tenants promoted
 * in this round are never among them. Thread-confined; made for one round of decisions.
 */
final class Victims {
  private final String deployment;
  private final int capacity;
  private final long capacityBytes;
  private final List<TenantWorth> order;
  private int next;
  private int held;
  private long heldBytes;

  /** Those that leave together. */
  record Leaving(List<TenantId> tenants, double benefit, double variance, long bytes) {}

  private Victims(
      String deployment, HotCapacities capacities, List<TenantWorth> order, int held, long bytes) {
    this.deployment = deployment;
    this.capacity = capacities.capacity(deployment);
    this.capacityBytes = capacities.capacityBytes(deployment);
    this.order = order;
    this.held = held;
    this.heldBytes = bytes;
  }

  static Victims of(
      String deployment, PlacementTable table, HotCapacities capacities, Demand demand) {
    List<TenantWorth> order = new ArrayList<>();
    long bytes = 0;
    for (TenantId tenant : table.tenantsOf(deployment)) {
      Worth worth = demand.of(tenant);
      bytes += worth.weightBytes();
      if (table.placement(tenant).filter(placement -> !placement.pinned()).isPresent()) {
        order.add(new TenantWorth(tenant, worth));
      }
    }
    boolean inBytes = capacities.boundedInBytes(deployment);
    order.sort(
        Comparator.<TenantWorth>comparingDouble(
                victim ->
                    inBytes
                        ? victim.worth().benefit() / Math.max(1, victim.worth().weightBytes())
                        : victim.worth().benefit())
            .thenComparing(TenantWorth::tenant));
    int held = table.tenantsOf(deployment).size();
    return new Victims(deployment, capacities, order, held, bytes);
  }

  String deployment() {
    return deployment;
  }

  /** The part of the places that is taken, so that free ones are filled evenly. */
  double share() {
    return (double) held / capacity;
  }

  /** The worth of the first to leave; 0 while a place is free, infinite when nobody may leave. */
  double leastBenefit() {
    if (held < capacity && heldBytes < capacityBytes) {
      return 0;
    }
    return order.stream()
        .mapToDouble(victim -> victim.worth().benefit())
        .min()
        .orElse(Double.POSITIVE_INFINITY);
  }

  /** Whether there would be room for these bytes if all that may leave did. */
  boolean takes(long bytes) {
    int left = order.size() - next;
    if (held - left >= capacity) {
      return false;
    }
    long free = capacityBytes - heldBytes;
    for (int i = next; i < order.size() && free < bytes; i++) {
      free += order.get(i).worth().weightBytes();
    }
    return free >= bytes;
  }

  double benefitOfLeaving(long bytes) {
    return leaving(bytes).benefit();
  }

  /**
   * The tenants that must leave for these bytes to fit. Call it only where {@link #takes} holds.
   */
  Leaving leaving(long bytes) {
    List<TenantId> tenants = new ArrayList<>();
    double benefit = 0;
    double variance = 0;
    long freed = 0;
    int i = next;
    while (held - tenants.size() >= capacity || heldBytes - freed + bytes > capacityBytes) {
      TenantWorth victim = order.get(i++);
      tenants.add(victim.tenant());
      benefit += victim.worth().benefit();
      variance += victim.worth().variance();
      freed += victim.worth().weightBytes();
    }
    return new Leaving(tenants, benefit, variance, freed);
  }

  /** Has those leave and a newcomer of these bytes take their place. */
  void replace(Leaving leaving, long bytes) {
    next += leaving.tenants().size();
    held += 1 - leaving.tenants().size();
    heldBytes += bytes - leaving.bytes();
  }
}
