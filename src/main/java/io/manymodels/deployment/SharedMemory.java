package io.manymodels.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.PlacementConfig;
import io.manymodels.json.Json;
import io.manymodels.json.PlacementJson;
import io.manymodels.json.SharedMemoryJson.Hits;
import io.manymodels.json.SharedMemoryJson.PoolChange;
import io.manymodels.json.SharedMemoryJson.PoolReply;
import io.manymodels.json.SharedMemoryJson.TablePoll;
import io.manymodels.json.StatusJson;
import io.manymodels.json.UserConfigJson;
import io.manymodels.model.ServingException;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.serving.PlacementLoop;
import io.manymodels.serving.TableBoard;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The one replica of SharedMemory: owns the placement table. Dispatchers fetch the table, report
 * hits and pass operators' changes on; hot replicas are commanded from here. Thread-safe.
 */
public final class SharedMemory {
  static final String TABLE = "table";
  static final String HITS = "hits";
  static final String POOL = "pool";
  static final String STATUS = "status";
  private static final Duration LONGEST_CHANGE = Duration.ofMinutes(1);

  private final String deployment;
  private final TableBoard board = new TableBoard(Ticker.SYSTEM);
  private final PlacementLoop loop;
  private final UserConfig<PlacementConfig> config;

  /**
   * @param applicationJson the application's configuration, as its builder wrote it
   * @param deployment this deployment's Serve name
   */
  public SharedMemory(String applicationJson, String deployment) {
    this.deployment = deployment;
    ApplicationConfig application = UserConfigJson.application(applicationJson);
    Stores stores = new Stores(System.getenv());
    ModelRegistry registry = stores.registry();
    RayReplicaDirectory directory =
        new RayReplicaDirectory(application.application(), application.hot());
    this.loop =
        new PlacementLoop(
            application,
            directory,
            new RayHotReplicas(new RayReplicaClient()),
            stores.placement(),
            board,
            tenant -> registry.liveVersion(tenant).isPresent(),
            PlacementConfig.DEFAULT,
            Ticker.SYSTEM);
    this.config =
        new UserConfig<>(
            deployment, PlacementConfig.DEFAULT, UserConfigJson::placement, loop::reconfigure);
    directory.start();
    loop.start();
  }

  /** Called by Serve with the user_config as JSON text; never throws. */
  public @Nullable Object reconfigure(Object userConfig) {
    config.offer(userConfig);
    return null;
  }

  /** Called by Serve: unhealthy, and so replaced, once another SharedMemory has taken over. */
  public boolean checkHealth() {
    return loop.alive();
  }

  /** A {@link TablePoll} in, a newer table out; nothing when none came in time. */
  public byte[] table(byte[] json) throws InterruptedException {
    TablePoll poll = Json.read(new String(json, UTF_8), TablePoll.class);
    return board
        .awaitNewer(poll.reader(), poll.known())
        .map(table -> PlacementJson.write(table).getBytes(UTF_8))
        .orElse(new byte[0]);
  }

  /** {@link Hits} in, nothing out. */
  public byte[] hits(byte[] json) {
    loop.hit(Json.read(new String(json, UTF_8), Hits.class).tenantIds());
    return new byte[0];
  }

  /** A {@link PoolChange} in, a {@link PoolReply} out when it is live everywhere. */
  public byte[] pool(byte[] json) {
    PoolReply reply;
    try {
      PoolChange change = Json.read(new String(json, UTF_8), PoolChange.class);
      Deadline deadline =
          Deadline.after(Duration.ofMillis(change.timeoutMillis()), Ticker.SYSTEM)
              .atMost(LONGEST_CHANGE);
      loop.replaceDedicatedPool(change.byTenant(), deadline);
      reply = PoolReply.DONE;
    } catch (ServingException e) {
      reply = PoolReply.of(e);
    }
    return Json.write(reply).getBytes(UTF_8);
  }

  /** How placement stands, as JSON. */
  public byte[] status(byte[] nothing) {
    return Json.write(StatusJson.of(loop.status(), config.refusal().orElse(""), deployment))
        .getBytes(UTF_8);
  }
}
