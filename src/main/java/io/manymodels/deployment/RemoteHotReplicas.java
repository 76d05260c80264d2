package io.manymodels.deployment;

import io.manymodels.deployment.Messages.Command;
import io.manymodels.deployment.Messages.Kind;
import io.manymodels.holding.HotReport;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placing.HotReplicas;
import io.manymodels.placing.ReplicaDigests;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Sends commands to replicas of {@link HotDeployment}. Thread-safe. */
final class RemoteHotReplicas implements HotReplicas {
  private final ReplicaClient client;
  private final Optional<ReplicaDigests> digests;

  /**
   * @param digests that the replicas tell; empty where nobody asks for them
   */
  RemoteHotReplicas(ReplicaClient client, Optional<ReplicaDigests> digests) {
    this.client = client;
    this.digests = digests;
  }

  @Override
  public OptionalLong digest(ReplicaId replica) {
    return digests.map(known -> known.of(replica)).orElseGet(OptionalLong::empty);
  }

  @Override
  public HotReport status(ReplicaId replica, Generation command, Deadline deadline) {
    return send(replica, Kind.STATUS, List.of(), command, deadline);
  }

  @Override
  public HotReport load(
      ReplicaId replica, Collection<TenantId> tenants, Generation command, Deadline deadline) {
    return send(replica, Kind.LOAD, tenants, command, deadline);
  }

  @Override
  public HotReport unload(
      ReplicaId replica, Collection<TenantId> tenants, Generation command, Deadline deadline) {
    return send(replica, Kind.UNLOAD, tenants, command, deadline);
  }

  private HotReport send(
      ReplicaId replica,
      Kind kind,
      Collection<TenantId> tenants,
      Generation stamp,
      Deadline deadline) {
    Command command = new Command(kind, stamp, List.copyOf(tenants), deadline);
    HotReport report =
        RemoteCall.ask(client, replica, "control", command, HotReport.class, deadline);
    digests.ifPresent(known -> known.told(replica, report.digest()));
    return report;
  }
}
