package io.manymodels.application;

import io.manymodels.holding.Refreshed;
import io.manymodels.json.StatusJson;
import io.manymodels.model.TenantId;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

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

  /** How a replica of Deploymentx stands. */
  StatusJson.Overflow status(ReplicaId replica, Deadline deadline);
}
