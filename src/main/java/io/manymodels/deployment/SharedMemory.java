package io.manymodels.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toUnmodifiableSet;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.Environment;
import io.manymodels.config.PlacementConfig;
import io.manymodels.json.ExplainJson;
import io.manymodels.json.ExplainJson.DecisionsQuestion;
import io.manymodels.json.ExplainJson.TenantQuestion;
import io.manymodels.json.Json;
import io.manymodels.json.PlacementJson;
import io.manymodels.json.SharedMemoryJson.BusiestQuestion;
import io.manymodels.json.SharedMemoryJson.PoolChange;
import io.manymodels.json.SharedMemoryJson.PoolReply;
import io.manymodels.json.SharedMemoryJson.TablePoll;
import io.manymodels.json.SharedMemoryJson.TenantList;
import io.manymodels.json.SharedMemoryJson.Traffic;
import io.manymodels.json.StatusJson;
import io.manymodels.json.UserConfigJson;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placing.PlacementLoop;
import io.manymodels.placing.TableBoard;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.stores.Stores;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The one replica of SharedMemory: owns the placement table. Dispatchers fetch the table, report
 * hits and pass operators' changes on; hot replicas are commanded from here. Thread-safe.
 */
public final class SharedMemory {
  static final String TABLE = "table";
  static final String TRAFFIC = "traffic";
  static final String POOL = "pool";
  static final String STATUS = "status";
  static final String EXPLAIN = "explain";
  static final String DECISIONS = "decisions";
  static final String BUSIEST = "busiest";
  private static final Duration LONGEST_CHANGE = Duration.ofMinutes(1);

  private final String deployment;
  private final TableBoard board;
  private final PlacementLoop loop;
  private final PlacementQuestions questions;
  private final UserConfig<PlacementConfig> config;

  /**
   * @param applicationJson the application's configuration, as its builder wrote it
   * @param deployment this deployment's Serve name
   */
  public SharedMemory(String applicationJson, String deployment) {
    this.deployment = deployment;
    ApplicationConfig application = UserConfigJson.application(applicationJson);
    Stores stores = new Stores(Environment.ofProcess());
    ModelRegistry registry = stores.registry();
    List<String> watched = new ArrayList<>(application.hot());
    watched.add(application.dispatcher());
    watched.add(application.overflow());
    RayReplicaDirectory directory = new RayReplicaDirectory(application.application(), watched);
    this.board = new TableBoard(() -> names(directory, application.dispatcher()), Ticker.SYSTEM);
    RayReplicaClient client = new RayReplicaClient();
    Predicate<TenantId> hasModel = tenant -> registry.liveVersion(tenant).isPresent();
    this.loop =
        new PlacementLoop(
            application,
            directory,
            new RayHotReplicas(client),
            new RayOverflowReplicas(client),
            stores.placement(),
            board,
            hasModel,
            PlacementConfig.DEFAULT,
            Ticker.SYSTEM);
    this.questions = new PlacementQuestions(loop, hasModel, application.overflow());
    this.config =
        new UserConfig<>(
            deployment, PlacementConfig.DEFAULT, UserConfigJson::placement, loop::reconfigure);
    directory.start();
    loop.start();
  }

  private static Set<String> names(ReplicaDirectory directory, String deployment) {
    return directory.lately(deployment).stream().map(ReplicaId::name).collect(toUnmodifiableSet());
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

  /** {@link Traffic} in, nothing out. */
  public byte[] traffic(byte[] json) {
    loop.answered(Json.read(new String(json, UTF_8), Traffic.class).traffic());
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

  /** A {@link TenantQuestion} in, a {@link ExplainJson.TenantReply} out. */
  public byte[] explain(byte[] json) {
    TenantQuestion question = Json.read(new String(json, UTF_8), TenantQuestion.class);
    return Json.write(questions.answer(question)).getBytes(UTF_8);
  }

  /** A {@link DecisionsQuestion} in, a {@link ExplainJson.DecisionsReply} out. */
  public byte[] decisions(byte[] json) {
    DecisionsQuestion question = Json.read(new String(json, UTF_8), DecisionsQuestion.class);
    return Json.write(questions.answer(question)).getBytes(UTF_8);
  }

  /** A {@link BusiestQuestion} in, {@link TenantList} out; nobody while placement is busy. */
  public byte[] busiest(byte[] json) {
    BusiestQuestion question = Json.read(new String(json, UTF_8), BusiestQuestion.class);
    return Json.write(TenantList.of(questions.busiest(question))).getBytes(UTF_8);
  }

  /** How placement stands, as JSON. */
  public byte[] status(byte[] nothing) {
    return Json.write(StatusJson.of(loop.status(), config.refusal().orElse(""), deployment))
        .getBytes(UTF_8);
  }
}
