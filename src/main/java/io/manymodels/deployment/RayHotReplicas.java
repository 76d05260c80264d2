package io.manymodels.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.holding.HotReport;
import io.manymodels.json.ControlJson;
import io.manymodels.json.ControlJson.Command;
import io.manymodels.json.ControlJson.Kind;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placing.HotReplicas;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;
import java.util.Collection;
import java.util.List;

/** Sends commands to hot replicas over a {@link ReplicaClient}. Thread-safe. */
final class RayHotReplicas implements HotReplicas {
  private final ReplicaClient client;

  RayHotReplicas(ReplicaClient client) {
    this.client = client;
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
    Command command = Command.of(kind, stamp, tenants, deadline.remainingMillis());
    byte[] answer =
        client.call(
            replica, HotDeployment.CONTROL, ControlJson.write(command).getBytes(UTF_8), deadline);
    return ControlJson.readReport(new String(answer, UTF_8));
  }
}
