package io.manymodels.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The configuration file while the process runs; what is taken of it is in UserConfigIT. */
@OnlyInOneProcess("Serve is told by a call")
class WatchedConfigIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final OneProcessRoot root = OneProcessRoot.running();
  private final Application application = Application.of(root);
  private final String initial = read();

  private String read() {
    try {
      return Files.readString(root.config());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @AfterEach
  void restore() {
    root.replaceConfiguration(initial);
    awaitRefusal("");
  }

  /** The Dispatcher tells of what is wrong with the whole file. */
  private void awaitRefusal(String part) {
    Await.untilAsserted(
        SOON,
        () -> {
          String why = application.status().at("/refused/Dispatcher").asText();
          if (part.isEmpty()) {
            assertThat(why).isEmpty();
          } else {
            assertThat(why).contains(root.config().toString(), part);
          }
        });
  }

  @ParameterizedTest
  @CsvSource({
    "hot_deployments: 10, hot_deployments: 9, Deployment10",
    "num_replicas: 2, number_of_replicas: 2, unknown key 'number_of_replicas' of Dispatcher",
    "applications:, application:, application"
  })
  void aFileThatCannotBeTakenIsRefusedAsAWhole(String old, String changed, String part) {
    Map<String, String> placed = application.placed();

    root.replaceConfiguration(
        initial.replace(old, changed).replace("deadline_ms: 10000", "deadline_ms: 1"));

    awaitRefusal(part);
    // Under the deadline of the refused file it would not be answered.
    assertThat(application.score("tenant9", Expected.manyRows("tenant9", 5_000)).status())
        .isEqualTo(200);
    assertThat(application.placed()).isEqualTo(placed);
  }

  @Test
  void anotherNumberOfDeploymentsTakesARestart() {
    root.replaceConfiguration(initial.replace("hot_deployments: 10", "hot_deployments: 11"));

    awaitRefusal("takes a restart");
    assertThat(application.status().at("/placement/hot")).hasSize(10);
  }

  @Test
  void aFileThatIsGoneChangesNothing() throws IOException {
    Path away = Files.move(root.config(), root.folder().resolve("away.yaml"));

    awaitRefusal("there is no such file");
    assertThat(application.score("tenant9", Expected.rows("tenant9")).status()).isEqualTo(200);
    Files.delete(away);
  }
}
