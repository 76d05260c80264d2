package io.manymodels.deployment;

import io.manymodels.deployment.Messages.TenantList;
import io.manymodels.deployment.Messages.TenantsQuestion;
import io.manymodels.model.TenantId;
import io.manymodels.placing.OverflowReplicas;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** Sends commands to replicas of {@link OverflowDeployment}. Thread-safe. */
final class RemoteOverflowReplicas implements OverflowReplicas {
  private final ReplicaClient client;

  RemoteOverflowReplicas(ReplicaClient client) {
    this.client = client;
  }

  /** The replica is given three quarters of the time, so that it can still say what it knows. */
  @Override
  public Set<TenantId> expect(ReplicaId replica, Collection<TenantId> tenants, Deadline deadline) {
    Deadline most = deadline.atMost(deadline.remaining().multipliedBy(3).dividedBy(4));
    TenantsQuestion question = new TenantsQuestion(List.copyOf(tenants), most);
    return Set.copyOf(
        RemoteCall.ask(client, replica, "expect", question, TenantList.class, deadline).tenants());
  }
}
