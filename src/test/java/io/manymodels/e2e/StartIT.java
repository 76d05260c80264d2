package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.e2e.Serve.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a process starts, and what it says when it cannot. */
@OnlyInOneProcess("a cluster is started by other means")
class StartIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String DEPLOYMENTS =
      """
      applications:
        - name: many-models
          import_path: manymodels.application:build
          args: {hot_deployments: 2}
          deployments:
            - name: Deployment1
              user_config: %s
      """;

  @TempDir private Path folder;

  private static void assertOneLine(Ended ended, int exitCode, String... parts) {
    assertThat(ended.exitCode()).as("%s", ended).isEqualTo(exitCode);
    assertThat(ended.complaints())
        .singleElement()
        .asString()
        .startsWith("many-models: ")
        .contains(parts);
  }

  /** Nothing is configured: the sizes are those of the machine, and the registry is made. */
  @Test
  void withoutAConfigurationItServesWhatIsPublishedLater() {
    try (OneProcessRoot root = OneProcessRoot.start(Serve.in(folder))) {
      Application application = Application.of(root);
      Problems.check(
          application,
          application.score("tenant7", Expected.rows("tenant7")),
          404,
          "model-not-found");

      application
          .registry()
          .publish("tenant7", new RegistryFolder(Path.of("models")).artifact("tenant7"));

      Await.untilAsserted(
          SOON,
          () ->
              assertThat(application.score("tenant7", Expected.rows("tenant7")).status())
                  .isEqualTo(200));
      assertThat(application.status().at("/placement/hot")).hasSize(10);
      assertThat(root.complaints()).as("only news").noneMatch(StartIT::isAlarming);
    }
  }

  private static boolean isAlarming(String line) {
    return line.matches(".*(WARN|SEVERE|ERROR|Exception|\\bat [\\w.$]+\\().*");
  }

  @Test
  void aSecondProcessOnThePortEndsAndTheFirstServesOn() {
    try (OneProcessRoot first = OneProcessRoot.start(OneProcessRoot.demo(folder.resolve("a")))) {
      Application application = Application.of(first);
      int port = first.base().getPort();
      Path other = mkdir("b");

      // With the same state as well, which it must not take over.
      Ended second =
          Serve.in(other)
              .option("--registry", first.folder().resolve("models"))
              .option("--state", first.folder().resolve("state"))
              .option("--port", port)
              .run();

      assertOneLine(second, 1, "cannot listen on 127.0.0.1:" + port, "--port");
      Map<String, String> pool = Map.of("tenant19", "deployment9");
      assertThat(application.replacePool(pool).status()).isEqualTo(200);
      assertThat(application.dedicated()).isEqualTo(pool);
    }
  }

  private Path mkdir(String name) {
    Path made = folder.resolve(name);
    assertThat(made.toFile().mkdir()).isTrue();
    return made;
  }

  @Test
  void aConfigurationThatIsWrongIsNamedWithItsKey() throws IOException {
    Path config = folder.resolve("config.yaml");
    Files.writeString(config, DEPLOYMENTS.formatted("{}").replace("hot_deployments", "hot"));

    assertOneLine(
        Serve.in(folder).option("--config", config).run(), 2, "--config", "args", "'hot'");
  }

  /** Each deployment judges its own, at the start as later. */
  @Test
  void aUserConfigThatIsWrongIsRefusedVisibly() throws IOException {
    Path config = folder.resolve("config.yaml");
    Files.writeString(config, DEPLOYMENTS.formatted("{capacity: 0}"));

    try (OneProcessRoot root = OneProcessRoot.start(Serve.in(folder).option("--config", config))) {
      assertThat(Application.of(root).status().at("/refused/Deployment1").asText())
          .contains("capacity", "0", "1..100000");
    }
  }

  @Test
  void settingsOfRayAreNamedAndPassedOver() {
    try (OneProcessRoot root = OneProcessRoot.start(OneProcessRoot.demo(folder.resolve("a")))) {
      assertThat(root.complaints())
          .filteredOn(line -> line.startsWith("many-models: warning: "))
          .singleElement()
          .asString()
          .contains("for Ray only", "proxy_location", "num_replicas", "ray_actor_options");
      assertThat(Application.of(root).status().path("refused")).isEmpty();
    }
  }

  @Test
  void aStateThatCannotBeWrittenIsSaid() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    // A folder of the kernel's: nobody may make another in it, root neither.
    for (String state : List.of(file.resolve("state").toString(), "/proc/state")) {
      assertOneLine(
          Serve.in(folder).option("--state", state).run(),
          1,
          "the placement state cannot be written to",
          state,
          "--state");
    }
  }

  @Test
  void aRegistryThatIsAwayAtTheStartIsServedWhenItIsBack() throws IOException {
    Serve demo = OneProcessRoot.demo(folder.resolve("a"));
    Path models = demo.folder().resolve("models");
    Path away = Files.move(models, demo.folder().resolve("away"));
    Serve serve = demo.without("--registry").variable("MANY_MODELS_REGISTRY", models.toUri());

    try (OneProcessRoot root = OneProcessRoot.start(serve)) {
      Application application = Application.of(root);
      Problems.check(
          application,
          application.score("tenant1", Expected.rows("tenant1")),
          503,
          "store-unavailable");
      assertThat(application.get("/-/healthz").status()).isEqualTo(200);

      Files.move(away, models);

      Await.untilAsserted(
          SOON,
          () -> assertThat(Expected.complaint("tenant1", ok(application, "tenant1"))).isEmpty());
      Await.untilAsserted(
          SOON, () -> assertThat(application.dedicated()).isEqualTo(Application.INITIAL_POOL));
    }
  }

  private static com.fasterxml.jackson.databind.JsonNode ok(
      Application application, String tenant) {
    return application.score(tenant, Expected.rows(tenant)).ok();
  }
}
