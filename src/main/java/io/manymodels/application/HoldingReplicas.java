package io.manymodels.application;

import io.manymodels.holding.Refreshed;
import io.manymodels.json.StatusJson;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The calls of Dispatchers to replicas that hold models, beside predictions. Thread-safe.
 *
 * <p>Every call blocks until the answer or the deadline, and throws {@link
 * io.manymodels.routing.ReplicaLostException} when the replica is dead, or {@link
 * io.manymodels.model.ServingException}: {@code DEADLINE_EXCEEDED}, {@code INTERNAL}.
 */
public interface HoldingReplicas {

  /** A refresh of one replica takes no longer. */
  Duration MAX_REFRESH = Duration.ofMinutes(1);

  /** Has the replica bring what it holds of these tenants to their live versions. */
  List<Refreshed> refresh(ReplicaId replica, Collection<TenantId> tenants, Deadline deadline);

  /**
   * The version of a tenant's model that a replica of Deploymentx holds; empty when it holds none.
   * {@code INTERNAL} also by a replica of another build, which cannot tell.
   */
  Optional<ModelVersion> version(ReplicaId replica, TenantId tenant, Deadline deadline);

  /** How a replica of Deploymentx stands. */
  StatusJson.Overflow status(ReplicaId replica, Deadline deadline);
}
