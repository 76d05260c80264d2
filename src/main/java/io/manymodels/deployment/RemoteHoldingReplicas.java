package io.manymodels.deployment;

import io.manymodels.application.HoldingReplicas;
import io.manymodels.deployment.Messages.HeldModel;
import io.manymodels.deployment.Messages.LeftBehind;
import io.manymodels.deployment.Messages.LostReplica;
import io.manymodels.deployment.Messages.Nothing;
import io.manymodels.deployment.Messages.RefreshedModels;
import io.manymodels.deployment.Messages.TenantQuestion;
import io.manymodels.deployment.Messages.TenantsQuestion;
import io.manymodels.holding.Refreshed;
import io.manymodels.json.StatusJson;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.routing.Postmortem;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;
import io.manymodels.transport.Endpoint;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Asks replicas of {@link HotDeployment} and {@link OverflowDeployment}. Thread-safe. */
final class RemoteHoldingReplicas implements HoldingReplicas {
  private final ReplicaClient client;

  RemoteHoldingReplicas(ReplicaClient client) {
    this.client = client;
  }

  @Override
  public List<Refreshed> refresh(
      ReplicaId replica, Collection<TenantId> tenants, Deadline deadline) {
    TenantsQuestion question = new TenantsQuestion(List.copyOf(tenants), deadline);
    return ask(replica, "refresh", question, RefreshedModels.class, deadline).models();
  }

  @Override
  public Optional<ModelVersion> version(ReplicaId replica, TenantId tenant, Deadline deadline) {
    TenantQuestion question = new TenantQuestion(tenant, deadline);
    return ask(replica, "held", question, HeldModel.class, deadline).version();
  }

  @Override
  public StatusJson.Overflow status(ReplicaId replica, Deadline deadline) {
    return ask(replica, "status", Nothing.NOTHING, StatusJson.Overflow.class, deadline);
  }

  /** Where the replica listens; throws {@code NO_REPLICA} beside the others when nowhere. */
  Endpoint endpoint(ReplicaId replica, Deadline deadline) {
    return ask(replica, "endpoint", Nothing.NOTHING, Endpoint.class, deadline);
  }

  /**
   * The traces that another replica of the same node left behind; empty when it kept no journal.
   */
  Optional<Postmortem> postmortem(ReplicaId replica, ReplicaId lost, Deadline deadline) {
    LostReplica question = new LostReplica(lost.name());
    return ask(replica, "postmortem", question, LeftBehind.class, deadline).postmortem();
  }

  private <T> T ask(
      ReplicaId replica, String method, Object question, Class<T> answer, Deadline deadline) {
    return RemoteCall.ask(client, replica, method, question, answer, deadline);
  }
}
