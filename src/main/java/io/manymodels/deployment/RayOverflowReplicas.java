package io.manymodels.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.json.Json;
import io.manymodels.json.SharedMemoryJson.TenantList;
import io.manymodels.json.VersionsJson;
import io.manymodels.model.TenantId;
import io.manymodels.placing.OverflowReplicas;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;
import java.util.Collection;
import java.util.Set;

/** Sends commands to replicas of Deploymentx over a {@link ReplicaClient}. Thread-safe. */
final class RayOverflowReplicas implements OverflowReplicas {
  private final ReplicaClient client;

  RayOverflowReplicas(ReplicaClient client) {
    this.client = client;
  }

  /** The replica is given three quarters of the time, so that it can still say what it knows. */
  @Override
  public Set<TenantId> expect(ReplicaId replica, Collection<TenantId> tenants, Deadline deadline) {
    VersionsJson.Question question =
        VersionsJson.Question.of(tenants, deadline.remainingMillis() * 3 / 4);
    byte[] answer =
        client.call(
            replica, OverflowDeployment.EXPECT, Json.write(question).getBytes(UTF_8), deadline);
    return Set.copyOf(Json.read(new String(answer, UTF_8), TenantList.class).tenantIds());
  }
}
