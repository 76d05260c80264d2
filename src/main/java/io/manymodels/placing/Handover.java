package io.manymodels.placing;

import io.manymodels.model.TenantId;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Has the replicas of Deploymentx learn the live versions of tenants before these lose their place.
 * Without it, nobody could serve a tenant that loses its place while the registry is away, or just
 * before; such a tenant keeps its place. Thread-confined.
 *
 * <p>A replica that does not answer holds nobody up for long, see {@link ReplicaCommands}.
 */
final class Handover {
  private static final Duration MAX_DURATION = Duration.ofSeconds(2);

  private final ReplicaCommands commands;
  private final OverflowReplicas replicas;
  private final String overflow;

  /**
   * @param overflow the Serve name of Deploymentx
   */
  Handover(ReplicaCommands commands, OverflowReplicas replicas, String overflow) {
    this.commands = commands;
    this.replicas = replicas;
    this.overflow = overflow;
  }

  /**
   * Tells Deploymentx which tenants are about to become its own.
   *
   * @return those whom it cannot take: a replica of it could not ask the registry
   */
  Set<TenantId> offer(Collection<TenantId> tenants, Deadline atMost) {
    if (tenants.isEmpty()) {
      return Set.of();
    }
    List<TenantId> offered = List.copyOf(tenants);
    Deadline deadline = atMost.atMost(MAX_DURATION);
    Map<ReplicaId, Function<ReplicaId, Set<TenantId>>> offers = new HashMap<>();
    commands
        .commandable(overflow)
        .forEach(replica -> offers.put(replica, r -> replicas.expect(r, offered, deadline)));
    Set<TenantId> refused = new TreeSet<>();
    commands.send(offers, deadline).values().forEach(refused::addAll);
    return refused;
  }
}
