package io.manymodels.holding;

import io.manymodels.holding.VersionSwitch.Comparison;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.LiveVersions;
import io.manymodels.registry.VersionLook;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Brings all replicas of this process to the live versions by one look at the registry.
 * Thread-confined.
 */
final class VersionPoll {
  private final VersionLook look;
  private final List<VersionSwitch> switches;

  VersionPoll(VersionLook look, List<VersionSwitch> switches) {
    this.look = look;
    this.switches = List.copyOf(switches);
  }

  /**
   * Asks the registry for the live versions of everything that is held, and switches what is
   * behind, as {@link Comparison} says.
   *
   * @param patience as {@link Comparison#take}
   * @return how many models were behind
   * @throws ServingException {@code STORE_UNAVAILABLE} when the registry as a whole is away
   */
  int poll(Duration patience) {
    List<Comparison> comparisons = switches.stream().map(VersionSwitch::compare).toList();
    Set<TenantId> held = new TreeSet<>();
    comparisons.forEach(comparison -> held.addAll(comparison.tenants()));
    AtomicInteger behind = new AtomicInteger();
    look.at(
        held,
        told ->
            comparisons.forEach(comparison -> behind.addAndGet(comparison.take(told, patience))));
    comparisons.forEach(Comparison::end);
    return behind.get();
  }

  /**
   * As {@link #poll}, by what somebody else saw in the registry.
   *
   * @return how many models were behind
   */
  int take(LiveVersions told, Duration patience) {
    List<Comparison> comparisons = switches.stream().map(VersionSwitch::compare).toList();
    int behind = comparisons.stream().mapToInt(comparison -> comparison.take(told, patience)).sum();
    comparisons.forEach(Comparison::end);
    return behind;
  }
}
