package io.manymodels.deployment;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.Environment;
import io.manymodels.config.OverflowConfig;
import io.manymodels.deployment.Messages.Nothing;
import io.manymodels.deployment.Messages.TenantList;
import io.manymodels.deployment.Messages.TenantsQuestion;
import io.manymodels.holding.OverflowModels;
import io.manymodels.json.StatusJson;
import io.manymodels.json.UserConfigJson;
import io.manymodels.json.Wire;
import io.manymodels.routing.ReplicaId;
import io.manymodels.stores.Stores;
import io.manymodels.time.Ticker;
import io.ray.serve.api.Serve;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A replica of Deploymentx: serves every tenant that asks. Thread-safe. */
public final class OverflowDeployment {
  private static final Duration MAX_LOOKUP = Duration.ofMinutes(1);

  private final String deployment;
  private final OverflowModels models;
  private final NodeJournals journals;
  private final ReplicaVersions versions;
  private final ReplicaPort port;
  private final UserConfig<OverflowConfig> config;
  private final OverflowWarmUp warmUp;
  private final AtomicBoolean cold = new AtomicBoolean(true);

  /**
   * @param applicationJson the application's configuration, as its builder wrote it
   * @param deployment this deployment's Serve name
   */
  public OverflowDeployment(String applicationJson, String deployment) {
    MissingCallFilter.install();
    this.deployment = deployment;
    ApplicationConfig application = UserConfigJson.application(applicationJson);
    Environment environment = Environment.ofProcess();
    Stores stores = new Stores(environment);
    this.journals = new NodeJournals(stores.runJournals());
    this.models =
        new OverflowModels(
            stores.models(), OverflowConfig.DEFAULT, journals.openOwn(), Ticker.SYSTEM);
    this.versions = ReplicaVersions.watching(models.versions(), stores);
    this.port = ReplicaPort.open(models, environment);
    this.config =
        new UserConfig<>(
            deployment, OverflowConfig.DEFAULT, UserConfigJson::overflow, models::reconfigure);
    ReplicaId self = new ReplicaId(deployment, Serve.getReplicaContext().getReplicaTag());
    this.warmUp = new OverflowWarmUp(application, self, models);
  }

  /** Called by Serve with the user_config as JSON text; never throws. */
  public @Nullable Object reconfigure(Object userConfig) {
    config.offer(userConfig);
    return null;
  }

  /**
   * Called by Serve: unhealthy, and so replaced, when the threads that answer are blocked. The
   * first call warms up: it comes when the user_config is there, and before Serve counts the
   * replica as running (RayServeWrappedReplica.isInitialized, Ray 2.60.0).
   */
  public boolean checkHealth() {
    if (cold.compareAndSet(true, false)) {
      warmUp.run();
    }
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

  /**
   * Looks up the versions of tenants that SharedMemory is to displace: a {@link TenantsQuestion}
   * in, a {@link TenantList} out.
   */
  public byte[] expect(byte[] question) {
    return Wire.answer(
        question,
        TenantsQuestion.class,
        asked ->
            new TenantList(
                List.copyOf(models.expect(asked.tenants(), asked.deadline().atMost(MAX_LOOKUP)))));
  }

  /** How this replica stands: a {@link StatusJson.Overflow} out. */
  public byte[] status(byte[] nothing) {
    return Wire.answer(nothing, Nothing.class, asked -> status());
  }

  private StatusJson.Overflow status() {
    OverflowConfig inForce = models.config();
    return new StatusJson.Overflow(
        deployment,
        Serve.getReplicaContext().getReplicaTag(),
        models.size(),
        models.weightBytes(),
        inForce.capacity(),
        inForce.capacityMib(),
        config.refusal().orElse(""),
        StatusJson.Loading.of(models.loading()));
  }
}
