package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.manymodels.adapter.file.FileModelRegistryProvider;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.tools.fleet.FleetKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * New versions go live at runtime. Every model here answers a number that names its tenant and its
 * version, so that each answer tells which model computed it.
 */
class VersionsIT {
  private static final int SEED = 1;
  private static final int SWITCHES = 40;

  private final Application application = Application.running();
  private final WritableModelRegistry registry =
      new FileModelRegistryProvider().openWritable(application.registry().root().toUri());

  /** A tenant of this test. */
  private record Own(int number) {
    TenantId id() {
      return new TenantId("it-version" + number);
    }

    String name() {
      return id().value();
    }
  }

  private static final List<Own> OWN = List.of(new Own(901), new Own(902), new Own(903));
  private static final Own PINNED = OWN.get(0);

  @BeforeEach
  void publish() {
    OWN.forEach(tenant -> goLive(tenant, 1));
  }

  @AfterEach
  void remove() {
    application.restorePool();
    OWN.forEach(
        tenant -> {
          application.registry().remove(tenant.name());
          Answer unused = refresh(tenant);
        });
    registry.close();
    application.awaitTableHeld(Duration.ofSeconds(30));
  }

  private void publish(Own tenant, int version, byte[] model) {
    ByteBuffer bytes = ByteBuffer.wrap(model);
    ModelRef ref = new ModelRef(tenant.id(), new ModelVersion(version));
    registry.publish(
        new ArtifactDescriptor(ref, ArtifactDigest.of(bytes), model.length, "onnx", Instant.EPOCH),
        "of a test",
        bytes);
    registry.setLive(ref);
  }

  private void goLive(Own tenant, int version) {
    publish(tenant, version, FleetKind.VERSION.model(SEED, tenant.number(), version));
  }

  private Answer refresh(Own tenant) {
    return application.send(
        application
            .jsonRequest("/refresh_models", "{\"tenants\":[\"" + tenant.name() + "\"]}")
            .header("Authorization", "Bearer " + application.token()));
  }

  private void assertRefreshed(Own tenant, int version) {
    JsonNode model = refresh(tenant).ok().at("/models/0");
    assertThat(model.path("state").asText()).as("%s", model).isEqualTo("live");
    assertThat(model.path("version").asInt()).as("%s", model).isIn(0, version);
  }

  private static ArrayNode row() {
    return Expected.row("tenant1", 0);
  }

  /** The version that answers, after what it answered was found to be its own. */
  private static int version(Own tenant, JsonNode answer) {
    int version = answer.path("version").asInt();
    assertThat(answer.path("model").asText()).isEqualTo(tenant.name());
    assertThat(answer.at("/prediction/0").asLong())
        .as("%s", answer)
        .isEqualTo(FleetKind.answer(tenant.number(), version));
    return version;
  }

  private int version(Own tenant) {
    return version(tenant, application.score(tenant.name(), row()).ok());
  }

  private void pin() {
    Map<String, String> pool = new TreeMap<>(Application.INITIAL_POOL);
    pool.remove("tenant9");
    pool.put(PINNED.name(), "deployment9");
    assertThat(application.replacePool(pool).status()).isEqualTo(200);
  }

  /** Clients of one tenant, who must never see an older version than was confirmed before. */
  private final class Clients {
    private final Own tenant;
    private final AtomicInteger published = new AtomicInteger(1);
    private final AtomicInteger confirmed = new AtomicInteger(1);
    private final AtomicInteger answered = new AtomicInteger();
    private final List<String> complaints = Collections.synchronizedList(new ArrayList<>());
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean done;

    private Clients(Own tenant, int count) {
      this.tenant = tenant;
      for (int i = 0; i < count; i++) {
        Thread thread = new Thread(this::run, "client-of-" + tenant.name());
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
      }
    }

    private void run() {
      while (!done && complaints.size() < 10) {
        int least = confirmed.get();
        try {
          Answer answer = application.trySend(application.scoreRequest(tenant.name(), row()));
          int most = published.get();
          int version = version(tenant, answer.ok());
          if (version < least || version > most) {
            complaints.add(version + " is not in " + least + ".." + most);
          }
          answered.incrementAndGet();
        } catch (IOException | AssertionError e) {
          complaints.add(String.valueOf(e.getMessage()));
        }
      }
    }

    /** Ends them after the request that each is busy with. */
    private void stop() throws InterruptedException {
      done = true;
      for (Thread thread : threads) {
        thread.join(60_000);
      }
    }
  }

  @Test
  void switchesUnderLoadFailNothingAndNoAnswerIsOlderThanWhatWasConfirmed() throws Exception {
    pin();
    List<Clients> all = new ArrayList<>();
    for (Own tenant : OWN) {
      all.add(new Clients(tenant, 1));
    }
    long start = System.nanoTime();
    try {
      for (int version = 2; version <= SWITCHES + 1; version++) {
        for (Clients clients : all) {
          clients.published.set(version);
          goLive(clients.tenant, version);
          assertRefreshed(clients.tenant, version);
          clients.confirmed.set(version);
        }
      }
    } finally {
      for (Clients clients : all) {
        clients.stop();
      }
    }
    System.out.printf(
        "FIGURE %d switches under load in %.1f s, %s answers%n",
        SWITCHES * all.size(),
        (System.nanoTime() - start) / 1e9,
        all.stream().map(clients -> clients.answered.get()).toList());
    for (Clients clients : all) {
      assertThat(clients.complaints).isEmpty();
      assertThat(clients.answered.get()).isPositive();
      assertThat(version(clients.tenant)).isEqualTo(SWITCHES + 1);
    }
    assertThat(application.score(PINNED.name(), row()).ok().path("deployment").asText())
        .isEqualTo("Deployment9");
  }

  @Test
  void aVersionThatNobodyTellsOfIsFound() {
    pin();
    for (Own tenant : OWN) {
      assertThat(version(tenant)).isOne();
      goLive(tenant, 2);
    }
    for (Own tenant : OWN) {
      Await.until("version 2 is live", Duration.ofSeconds(20), () -> version(tenant) == 2);
    }
  }

  @Test
  void aVersionThatDoesNotLoadNeverServes() {
    pin();
    for (Own tenant : List.of(PINNED, OWN.get(1))) {
      assertThat(version(tenant)).isOne();
      publish(tenant, 2, "no model".getBytes(StandardCharsets.UTF_8));
      JsonNode model = refresh(tenant).ok().at("/models/0");
      assertThat(model.path("state").asText()).isEqualTo("refused");
      assertThat(model.path("version").asInt()).isOne();
      assertThat(model.path("code").asText()).isEqualTo("load-failed");
      assertThat(model.path("detail").asText()).contains(tenant.name() + "/2");
      assertThat(version(tenant)).isOne();
    }
    Await.until(
        "operators see it",
        Duration.ofSeconds(10),
        () ->
            application
                .status()
                .findValuesAsText("tenant")
                .containsAll(List.of(PINNED.name(), OWN.get(1).name())));
    for (Own tenant : List.of(PINNED, OWN.get(1))) {
      goLive(tenant, 3);
      assertRefreshed(tenant, 3);
      assertThat(version(tenant)).isEqualTo(3);
    }
  }

  @Test
  void rollingBackIsASwitchAsWell() {
    Own tenant = OWN.get(2);
    goLive(tenant, 2);
    assertThat(version(tenant)).isEqualTo(2);
    registry.setLive(new ModelRef(tenant.id(), new ModelVersion(1)));
    assertRefreshed(tenant, 1);
    assertThat(version(tenant)).isOne();
  }

  @Test
  void aDeletedTenantIsNotFoundAnyMore() {
    Own tenant = OWN.get(2);
    assertThat(version(tenant)).isOne();
    registry.delete(tenant.id());
    assertThat(refresh(tenant).ok().at("/models/0/state").asText()).isEqualTo("gone");
    Problems.check(application, application.score(tenant.name(), row()), 404, "model-not-found");
  }
}
