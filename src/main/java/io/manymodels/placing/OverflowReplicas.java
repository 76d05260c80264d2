package io.manymodels.placing;

import io.manymodels.model.TenantId;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;
import java.util.Collection;
import java.util.Set;

/** Commands to replicas of Deploymentx. */
public interface OverflowReplicas {
  /**
   * Has the replica learn the live versions of tenants that are going to be routed to it. Blocks
   * until the answer or the deadline.
   *
   * @return those whose live version the registry would not tell
   * @throws io.manymodels.routing.ReplicaLostException when the replica is dead
   * @throws io.manymodels.model.ServingException when it does not answer
   */
  Set<TenantId> expect(ReplicaId replica, Collection<TenantId> tenants, Deadline deadline);
}
