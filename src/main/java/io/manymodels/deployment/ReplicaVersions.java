package io.manymodels.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.holding.VersionSwitch;
import io.manymodels.holding.VersionWatch;
import io.manymodels.json.Json;
import io.manymodels.json.VersionsJson;
import io.manymodels.stores.Stores;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;

/**
 * The part of a replica that keeps its models at the live versions: by itself, and when it is told
 * to. Thread-safe.
 */
final class ReplicaVersions {
  /** The replicas' method that takes a {@link VersionsJson.Question}. */
  static final String REFRESH = "refresh";

  private static final Duration LONGEST = Duration.ofMinutes(1);

  private final VersionSwitch versions;

  private ReplicaVersions(VersionSwitch versions) {
    this.versions = versions;
  }

  /** Begins to watch for new versions. */
  static ReplicaVersions watching(VersionSwitch versions, Stores stores) {
    new VersionWatch(versions, stores.events(), stores.versionPoll(), Ticker.SYSTEM).start();
    return new ReplicaVersions(versions);
  }

  /** A {@link VersionsJson.Question} in, a {@link VersionsJson.Answer} out. */
  byte[] refresh(byte[] json) {
    VersionsJson.Question question =
        Json.read(new String(json, UTF_8), VersionsJson.Question.class);
    Deadline deadline =
        Deadline.after(Duration.ofMillis(question.timeoutMillis()), Ticker.SYSTEM).atMost(LONGEST);
    return Json.write(VersionsJson.Answer.of(versions.refresh(question.tenantIds(), deadline)))
        .getBytes(UTF_8);
  }
}
