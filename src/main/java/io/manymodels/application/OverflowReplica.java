package io.manymodels.application;

import io.manymodels.config.OverflowConfig;
import io.manymodels.holding.OverflowModels;
import io.manymodels.holding.Refreshed;
import io.manymodels.holding.RunJournal;
import io.manymodels.holding.VersionSwitch;
import io.manymodels.json.StatusJson;
import io.manymodels.json.UserConfigJson;
import io.manymodels.loading.ModelSource;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.routing.Predictor;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A replica of Deploymentx: serves every tenant that asks. Thread-safe. */
public final class OverflowReplica implements AutoCloseable {
  private static final Duration MAX_LOOKUP = Duration.ofMinutes(1);

  private final ReplicaId self;
  private final OverflowModels models;
  private final UserConfig<OverflowConfig> config;

  /**
   * @param self its deployment and name
   * @param source of its models
   * @param journal of the predictions that it runs
   */
  public OverflowReplica(ReplicaId self, ModelSource source, RunJournal journal) {
    this.self = self;
    this.models = new OverflowModels(source, OverflowConfig.DEFAULT, journal, Ticker.SYSTEM);
    this.config =
        new UserConfig<>(
            self.deployment(),
            OverflowConfig.DEFAULT,
            UserConfigJson::overflow,
            models::reconfigure);
  }

  /** Predicts, loading what is not held. */
  public Predictor predictor() {
    return models;
  }

  /** Switches what is held to other versions. */
  public VersionSwitch versions() {
    return models.versions();
  }

  /** As {@link OverflowModels#warmUp}. */
  public int warmUp(Iterable<TenantId> tenants, Deadline deadline) {
    return models.warmUp(tenants, deadline);
  }

  /** As {@link OverflowModels#endWarmUp}. */
  public void endWarmUp() {
    models.endWarmUp();
  }

  /** Takes a user_config as JSON text, or refuses it; never throws. */
  public void reconfigure(@Nullable Object userConfig) {
    config.offer(userConfig);
  }

  /** As {@link io.manymodels.placing.OverflowReplicas#expect}. */
  public Set<TenantId> expect(Collection<TenantId> tenants, Deadline deadline) {
    return models.expect(tenants, deadline.atMost(MAX_LOOKUP));
  }

  /** As {@link HoldingReplicas#refresh}. */
  public List<Refreshed> refresh(Collection<TenantId> tenants, Deadline deadline) {
    return models.versions().refresh(tenants, deadline.atMost(HoldingReplicas.MAX_REFRESH));
  }

  /** As {@link OverflowModels#version}. */
  public Optional<ModelVersion> version(TenantId tenant) {
    return models.version(tenant);
  }

  /** How it stands. */
  public StatusJson.Overflow status() {
    OverflowConfig inForce = models.config();
    return new StatusJson.Overflow(
        self.deployment(),
        self.name(),
        models.size(),
        models.weightBytes(),
        inForce.capacity(),
        inForce.capacityMib(),
        config.refusal().orElse(""),
        StatusJson.Loading.of(models.loading()));
  }

  @Override
  public void close() {
    models.close();
  }
}
