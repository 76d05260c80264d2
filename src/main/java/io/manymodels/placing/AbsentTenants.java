package io.manymodels.placing;

import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Tenants that an operator has given a place, and that have no model in the registry. They have no
 * place until it has one; it is asked about a few of them at a time. Thread-confined.
 */
final class AbsentTenants {
  private static final System.Logger LOG = System.getLogger(AbsentTenants.class.getName());
  private static final Duration AGAIN = Duration.ofSeconds(5);

  /** A registry far away takes some tenths of a second to answer. */
  private static final int ASKED_AT_ONCE = 8;

  private static final int MAX_NAMED = 10;

  private final Predicate<TenantId> hasModel;
  private final Ticker ticker;
  private final Map<TenantId, String> absent = new LinkedHashMap<>();

  /** Tenants that may or may not have a model. */
  private final Map<TenantId, String> suspects = new LinkedHashMap<>();

  private Deadline next;

  AbsentTenants(Predicate<TenantId> hasModel, Ticker ticker) {
    this.hasModel = hasModel;
    this.ticker = ticker;
    this.next = Deadline.after(Duration.ZERO, ticker);
  }

  /** Notes that a tenant would have a place in this deployment. */
  void add(TenantId tenant, String deployment) {
    if (!deployment.equals(absent.put(tenant, deployment))) {
      LOG.log(
          System.Logger.Level.WARNING,
          "the registry has no model of tenant {0}, which has no place in {1} until it has",
          tenant,
          deployment);
    }
  }

  /** Asks the registry, with the next calls of {@link #returned}, whether these have a model. */
  void suspect(Collection<TenantId> tenants, String deployment) {
    tenants.forEach(tenant -> suspects.put(tenant, deployment));
  }

  void remove(Collection<TenantId> tenants) {
    tenants.forEach(absent::remove);
    tenants.forEach(suspects::remove);
  }

  /** These tenants take the place of those noted for these deployments. */
  void replace(Collection<String> deployments, Map<TenantId, String> tenants) {
    suspects.values().removeAll(deployments);
    absent
        .entrySet()
        .removeIf(
            entry ->
                deployments.contains(entry.getValue()) && !tenants.containsKey(entry.getKey()));
    tenants.forEach(this::add);
  }

  Set<TenantId> all() {
    return Set.copyOf(absent.keySet());
  }

  /**
   * Those that have a model in the registry by now, every five seconds; they stay here until they
   * are removed. Nobody while the registry is away.
   */
  SortedMap<TenantId, String> returned() {
    SortedMap<TenantId, String> returned = new TreeMap<>();
    askAboutSuspects();
    if (absent.isEmpty() || !next.passed()) {
      return returned;
    }
    next = Deadline.after(AGAIN, ticker);
    List<TenantId> asked = absent.keySet().stream().limit(ASKED_AT_ONCE).toList();
    for (TenantId tenant : asked) {
      try {
        if (hasModel.test(tenant)) {
          returned.put(tenant, String.valueOf(absent.get(tenant)));
        }
      } catch (ServingException e) {
        LOG.log(System.Logger.Level.DEBUG, "asked in vain for {0}: {1}", tenant, e.getMessage());
        break;
      }
      // The others have their turn next time.
      absent.put(tenant, String.valueOf(absent.remove(tenant)));
    }
    return returned;
  }

  private void askAboutSuspects() {
    for (TenantId tenant : suspects.keySet().stream().limit(ASKED_AT_ONCE).toList()) {
      try {
        if (!hasModel.test(tenant)) {
          add(tenant, String.valueOf(suspects.get(tenant)));
        }
        suspects.remove(tenant);
      } catch (ServingException e) {
        LOG.log(System.Logger.Level.DEBUG, "asked in vain for {0}: {1}", tenant, e.getMessage());
        return;
      }
    }
  }

  /** The reasons for operators, by deployment. */
  SortedMap<String, String> reasons() {
    SortedMap<String, SortedSet<TenantId>> byDeployment = new TreeMap<>();
    absent.forEach(
        (tenant, deployment) ->
            byDeployment.computeIfAbsent(deployment, name -> new TreeSet<>()).add(tenant));
    SortedMap<String, String> reasons = new TreeMap<>();
    byDeployment.forEach((deployment, tenants) -> reasons.put(deployment, reason(tenants)));
    return reasons;
  }

  private static String reason(SortedSet<TenantId> tenants) {
    List<String> named = new ArrayList<>();
    tenants.stream().limit(MAX_NAMED).forEach(tenant -> named.add("'" + tenant + "'"));
    String more =
        tenants.size() > MAX_NAMED ? " and " + (tenants.size() - MAX_NAMED) + " more" : "";
    return "left out until the registry has a model of them: " + String.join(", ", named) + more;
  }
}
