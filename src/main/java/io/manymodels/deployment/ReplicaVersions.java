package io.manymodels.deployment;

import io.manymodels.deployment.Messages.RefreshedModels;
import io.manymodels.deployment.Messages.TenantsQuestion;
import io.manymodels.holding.VersionSwitch;
import io.manymodels.holding.VersionWatch;
import io.manymodels.json.Wire;
import io.manymodels.stores.Stores;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.List;

/**
 * The part of a replica that keeps its models at the live versions: by itself, and when it is told
 * to. Thread-safe.
 */
final class ReplicaVersions {
  private static final Duration MAX_REFRESH = Duration.ofMinutes(1);

  private final VersionSwitch versions;

  private ReplicaVersions(VersionSwitch versions) {
    this.versions = versions;
  }

  /** Begins to watch for new versions. */
  static ReplicaVersions watching(VersionSwitch versions, Stores stores) {
    new VersionWatch(versions, stores.events(), stores.versionPoll(), Ticker.SYSTEM).start();
    return new ReplicaVersions(versions);
  }

  /** A {@link TenantsQuestion} in, {@link RefreshedModels} out. */
  byte[] refresh(byte[] question) {
    return Wire.answer(
        question,
        TenantsQuestion.class,
        asked ->
            new RefreshedModels(
                List.copyOf(
                    versions.refresh(asked.tenants(), asked.deadline().atMost(MAX_REFRESH)))));
  }
}
