package io.manymodels.application;

import io.manymodels.config.HotConfig;
import io.manymodels.holding.HotModels;
import io.manymodels.holding.HotReport;
import io.manymodels.holding.Refreshed;
import io.manymodels.holding.RunJournal;
import io.manymodels.holding.VersionSwitch;
import io.manymodels.json.UserConfigJson;
import io.manymodels.loading.ModelSource;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.routing.Predictor;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A replica of Deployment1..N: holds the models that SharedMemory commanded to be here.
 * Thread-safe.
 */
public final class HotReplica implements AutoCloseable {
  private static final Duration MAX_COMMAND = Duration.ofMinutes(10);

  private final Instant started = Ticker.SYSTEM.now();
  private final HotModels models;
  private final UserConfig<HotConfig> config;

  /**
   * @param deployment Serve name of its deployment
   * @param source of its models
   * @param journal of the predictions that it runs
   */
  public HotReplica(String deployment, ModelSource source, RunJournal journal) {
    this.models = new HotModels(source, journal, Ticker.SYSTEM);
    this.config = new UserConfig<>(deployment, HotConfig.DEFAULT, UserConfigJson::hot, taken -> {});
  }

  /** Predicts with what is held. */
  public Predictor predictor() {
    return models;
  }

  /** Switches what is held to other versions. */
  public VersionSwitch versions() {
    return models.versions();
  }

  /** Takes a user_config as JSON text, or refuses it; never throws. */
  public void reconfigure(@Nullable Object userConfig) {
    config.offer(userConfig);
  }

  /** As {@link io.manymodels.placing.HotReplicas#status}. */
  public HotReport status(Generation command) {
    return report(models.obey(command), List.of());
  }

  /** As {@link io.manymodels.placing.HotReplicas#load}; for ten minutes at most. */
  public HotReport load(Collection<TenantId> tenants, Generation command, Deadline deadline) {
    return report(models.load(tenants, command, deadline.atMost(MAX_COMMAND)), tenants);
  }

  /** As {@link io.manymodels.placing.HotReplicas#unload}. */
  public HotReport unload(Collection<TenantId> tenants, Generation command) {
    return report(models.unload(tenants, command), tenants);
  }

  /** As {@link HotReport#digest}; quick. */
  public long digest() {
    return HotModels.mixed(models.digest(), config.edition());
  }

  private HotReport report(boolean obeyed, Collection<TenantId> tenants) {
    // First: what changes after it is in the next digest.
    long digest = digest();
    return new HotReport(
        models.obeyed(),
        models.held(),
        obeyed ? models.refused(tenants) : List.of(),
        config.current(),
        config.refusal(),
        models.loading(),
        Optional.of(started),
        digest);
  }

  /** As {@link HoldingReplicas#refresh}. */
  public List<Refreshed> refresh(Collection<TenantId> tenants, Deadline deadline) {
    return models.versions().refresh(tenants, deadline.atMost(HoldingReplicas.MAX_REFRESH));
  }

  @Override
  public void close() {
    models.close();
  }
}
