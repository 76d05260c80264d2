package io.manymodels.deployment;

import io.manymodels.config.Environment;
import io.manymodels.config.HotConfig;
import io.manymodels.deployment.Messages.Command;
import io.manymodels.holding.HotModels;
import io.manymodels.holding.HotReport;
import io.manymodels.json.UserConfigJson;
import io.manymodels.json.Wire;
import io.manymodels.stores.Stores;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A replica of Deployment1..N. Ray Serve constructs it, hands it its user_config, and asks for its
 * health; Dispatchers call {@link #predict}, SharedMemory calls {@link #control}. Thread-safe.
 */
public final class HotDeployment {
  private static final Duration MAX_COMMAND = Duration.ofMinutes(10);

  private final Instant started = Ticker.SYSTEM.now();
  private final HotModels models;
  private final NodeJournals journals;
  private final ReplicaVersions versions;
  private final ReplicaPort port;
  private final UserConfig<HotConfig> config;

  /**
   * @param applicationJson the application's configuration, as its builder wrote it
   * @param deployment this deployment's Serve name
   */
  public HotDeployment(String applicationJson, String deployment) {
    MissingCallFilter.install();
    var unused = UserConfigJson.application(applicationJson);
    Environment environment = Environment.ofProcess();
    Stores stores = new Stores(environment);
    this.journals = new NodeJournals(stores.runJournals());
    this.models = new HotModels(stores.models(), journals.openOwn(), Ticker.SYSTEM);
    this.versions = ReplicaVersions.watching(models.versions(), stores);
    this.port = ReplicaPort.open(models, environment);
    this.config = new UserConfig<>(deployment, HotConfig.DEFAULT, UserConfigJson::hot, taken -> {});
  }

  /** Called by Serve with the user_config as JSON text; never throws. */
  public @Nullable Object reconfigure(Object userConfig) {
    config.offer(userConfig);
    return null;
  }

  /** Called by Serve: unhealthy, and so replaced, when the threads that answer are blocked. */
  public boolean checkHealth() {
    return port.healthy();
  }

  /** A PredictRequest frame in, a PredictReply frame out. */
  public byte[] predict(byte[] frame) {
    return port.predict(frame);
  }

  /** Where predictions are asked for without Ray; see {@link ReplicaPort#endpoint}. */
  public byte[] endpoint(byte[] nothing) {
    return port.endpoint(nothing);
  }

  /** Tells what another replica of this node left behind; see {@link NodeJournals#postmortem}. */
  public byte[] postmortem(byte[] question) {
    return journals.postmortem(question);
  }

  /** Makes live versions answer; see {@link ReplicaVersions#refresh}. */
  public byte[] refresh(byte[] question) {
    return versions.refresh(question);
  }

  /** Obeys a command of SharedMemory: a {@link Command} in, a {@link HotReport} out. */
  public byte[] control(byte[] command) {
    return Wire.answer(command, Command.class, this::obey);
  }

  private HotReport obey(Command command) {
    Deadline deadline = command.deadline().atMost(MAX_COMMAND);
    boolean obeyed =
        switch (command.kind()) {
          case STATUS -> models.obey(command.stamp());
          case LOAD -> models.load(command.tenants(), command.stamp(), deadline);
          case UNLOAD -> models.unload(command.tenants(), command.stamp());
        };
    return new HotReport(
        models.obeyed(),
        models.held(),
        obeyed ? models.refused(command.tenants()) : List.of(),
        config.current(),
        config.refusal(),
        models.loading(),
        Optional.of(started));
  }
}
