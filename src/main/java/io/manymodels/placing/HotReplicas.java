package io.manymodels.placing;

import io.manymodels.holding.HotReport;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;
import java.util.Collection;

/**
 * Commands to hot replicas. Every call blocks until the answer or the deadline, and throws {@link
 * io.manymodels.routing.ReplicaLostException} or {@link io.manymodels.model.ServingException}.
 */
public interface HotReplicas {
  /** Asks for a report; from then on the replica obeys no command older than this. */
  HotReport status(ReplicaId replica, Generation command, Deadline deadline);

  /** Has the replica load the models of these tenants; which it then holds is in the report. */
  HotReport load(
      ReplicaId replica, Collection<TenantId> tenants, Generation command, Deadline deadline);

  HotReport unload(
      ReplicaId replica, Collection<TenantId> tenants, Generation command, Deadline deadline);
}
