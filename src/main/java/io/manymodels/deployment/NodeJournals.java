package io.manymodels.deployment;

import io.manymodels.deployment.Messages.LeftBehind;
import io.manymodels.deployment.Messages.LostReplica;
import io.manymodels.holding.RunJournal;
import io.manymodels.holding.RunJournals;
import io.manymodels.json.Wire;
import io.ray.serve.api.Serve;

/** The journals of running predictions that the replicas of this node keep. Thread-safe. */
record NodeJournals(RunJournals journals) {

  /** Opens the journal of this replica. */
  RunJournal openOwn() {
    return journals.open(Serve.getReplicaContext().getReplicaTag());
  }

  /**
   * Tells what another replica of this node left behind: {@link LostReplica} in, {@link LeftBehind}
   * out.
   */
  byte[] postmortem(byte[] question) {
    return Wire.answer(
        question, LostReplica.class, lost -> new LeftBehind(journals.read(lost.replica())));
  }
}
