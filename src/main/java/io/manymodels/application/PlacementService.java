package io.manymodels.application;

import static java.util.stream.Collectors.toUnmodifiableSet;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.PlacementConfig;
import io.manymodels.json.StatusJson;
import io.manymodels.json.UserConfigJson;
import io.manymodels.placement.PlacementStore;
import io.manymodels.placing.HotReplicas;
import io.manymodels.placing.OverflowReplicas;
import io.manymodels.placing.PlacementLoop;
import io.manymodels.placing.TableBoard;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Ticker;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The one replica of SharedMemory: owns the placement table. Thread-safe. */
public final class PlacementService implements AutoCloseable {
  private final PlacementLoop loop;
  private final SharedMemoryAnswers answers;
  private final UserConfig<PlacementConfig> config;
  private final MeasuredFleet measured;
  private volatile boolean started;

  /**
   * @param directory names the replicas of all deployments but SharedMemory
   * @param hot commands hot replicas
   * @param overflow commands replicas of Deploymentx
   * @param store what must survive
   * @param registry knows which tenants there are
   * @param measured adds up what processes measure
   */
  public PlacementService(
      ApplicationConfig application,
      ReplicaDirectory directory,
      HotReplicas hot,
      OverflowReplicas overflow,
      PlacementStore store,
      ModelRegistry registry,
      MeasuredFleet measured) {
    this.measured = measured;
    TableBoard board =
        new TableBoard(() -> names(directory, application.dispatcher()), Ticker.SYSTEM);
    this.loop =
        new PlacementLoop(
            application,
            directory,
            hot,
            overflow,
            store,
            board,
            registry::hasModel,
            PlacementConfig.DEFAULT,
            Ticker.SYSTEM);
    String deployment = application.sharedMemory();
    this.config =
        new UserConfig<>(
            deployment, PlacementConfig.DEFAULT, UserConfigJson::placement, this::apply);
    this.answers =
        new SharedMemoryAnswers(
            loop,
            board,
            registry::hasModel,
            application.overflow(),
            measured,
            () -> StatusJson.of(loop.watch(), refusal(), deployment));
  }

  private void apply(PlacementConfig changed) {
    measured.reconfigure(changed);
    loop.reconfigure(changed);
  }

  private static Set<String> names(ReplicaDirectory directory, String deployment) {
    return directory.lately(deployment).stream().map(ReplicaId::name).collect(toUnmodifiableSet());
  }

  private String refusal() {
    return started && !loop.alive()
        ? "another process has taken over the placement store; this one keeps the table it has"
        : config.refusal().orElse("");
  }

  /** Begins to place tenants. */
  public void start() {
    loop.start();
    started = true;
  }

  /** What others ask of it. */
  public SharedMemoryCalls calls() {
    return answers;
  }

  /** Takes a user_config as JSON text, or refuses it; never throws. */
  public void reconfigure(@Nullable Object userConfig) {
    config.offer(userConfig);
  }

  /** Has it look now at what the replicas hold and are configured to. */
  public void lookAnew() {
    loop.lookAnew();
  }

  /** False once another SharedMemory has taken over. */
  public boolean alive() {
    return loop.alive();
  }

  @Override
  public void close() {
    measured.close();
    loop.close();
  }
}
