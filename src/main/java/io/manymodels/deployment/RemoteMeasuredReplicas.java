package io.manymodels.deployment;

import io.manymodels.application.MeasuredReplicas;
import io.manymodels.deployment.Messages.MeasuredQuestion;
import io.manymodels.measuring.MeasuredReport;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;

/** Asks replicas of {@link HotDeployment} and {@link OverflowDeployment}. Thread-safe. */
final class RemoteMeasuredReplicas implements MeasuredReplicas {
  private final ReplicaClient client;

  RemoteMeasuredReplicas(ReplicaClient client) {
    this.client = client;
  }

  @Override
  public MeasuredReport measured(ReplicaId replica, long arrived, Deadline deadline) {
    return RemoteCall.ask(
        client, replica, "measured", new MeasuredQuestion(arrived), MeasuredReport.class, deadline);
  }
}
