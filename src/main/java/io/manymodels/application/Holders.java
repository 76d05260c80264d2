package io.manymodels.application;

import io.manymodels.json.StatusJson;
import io.manymodels.json.TenantJson.Holder;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaLostException;
import io.manymodels.time.Deadline;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the replicas that hold a tenant's model. Thread-safe. */
final class Holders {
  private static final System.Logger LOG = System.getLogger(Holders.class.getName());

  private final ReplicaDirectory directory;
  private final HoldingReplicas replicas;
  private final String overflow;

  /**
   * @param overflow Serve name of Deploymentx
   */
  Holders(ReplicaDirectory directory, HoldingReplicas replicas, String overflow) {
    this.directory = directory;
    this.replicas = replicas;
    this.overflow = overflow;
  }

  /**
   * Those of now. Blocks; a replica of Deploymentx that does not answer in time is left out.
   *
   * @param placement what SharedMemory knows of the hot replicas
   */
  List<Holder> of(TenantId tenant, StatusJson.Placement placement, Deadline deadline) {
    List<Holder> found = new ArrayList<>();
    for (StatusJson.Hot hot : placement.hot()) {
      for (StatusJson.Replica replica : hot.replicas()) {
        @Nullable Long version = replica.models().get(tenant.value());
        if (version != null) {
          found.add(new Holder(hot.deployment(), replica.replica(), version));
        }
      }
    }
    for (ReplicaId replica : directory.replicas(overflow)) {
      version(replica, tenant, deadline)
          .ifPresent(version -> found.add(new Holder(overflow, replica.name(), version.number())));
    }
    return found;
  }

  private Optional<ModelVersion> version(ReplicaId replica, TenantId tenant, Deadline deadline) {
    try {
      return replicas.version(replica, tenant, deadline);
    } catch (ReplicaLostException e) {
      directory.reportLost(replica);
    } catch (ServingException e) {
      LOG.log(System.Logger.Level.INFO, "{0} does not tell: {1}", replica, e.getMessage());
    }
    return Optional.empty();
  }
}
