package io.manymodels.placing;

import io.manymodels.holding.HotReport;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;
import java.util.Collection;
import java.util.OptionalLong;

/**
 * Commands to hot replicas. Every command blocks until the answer or the deadline, and throws
 * {@link io.manymodels.routing.ReplicaLostException} or {@link
 * io.manymodels.model.ServingException}.
 */
public interface HotReplicas {
  /**
   * The digest of the replica's state that it told last, within the last seconds: as long as it is
   * that of a report ({@link HotReport#digest}), another report would say the same. Does not block.
   *
   * @return empty when the replica has to be asked
   */
  OptionalLong digest(ReplicaId replica);

  /** Asks for a report; from then on the replica obeys no command older than this. */
  HotReport status(ReplicaId replica, Generation command, Deadline deadline);

  /** Has the replica load the models of these tenants; which it then holds is in the report. */
  HotReport load(
      ReplicaId replica, Collection<TenantId> tenants, Generation command, Deadline deadline);

  HotReport unload(
      ReplicaId replica, Collection<TenantId> tenants, Generation command, Deadline deadline);
}
