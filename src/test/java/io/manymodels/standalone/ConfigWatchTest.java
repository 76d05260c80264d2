package io.manymodels.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.manymodels.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigWatchTest {
  private static final String HEAD =
      "applications:\n- name: many-models\n  import_path: manymodels.application:build\n";

  @TempDir private Path folder;
  private final List<ServedApplication> changes = new CopyOnWriteArrayList<>();
  private final List<String> refusals = new CopyOnWriteArrayList<>();
  private @Nullable ConfigWatch watch;

  @AfterEach
  void close() {
    if (watch != null) {
      watch.close();
    }
  }

  private Path write(String name, int hot) throws IOException {
    return Files.writeString(
        folder.resolve(name), HEAD + "  args: {hot_deployments: " + hot + "}\n");
  }

  private void watch(Path file) {
    watch =
        ConfigWatch.start(
            file,
            ConfigWatch.read(file),
            served -> {
              if (served.application().hot().size() == 13) {
                throw new IllegalArgumentException("thirteen");
              }
              changes.add(served);
            },
            refusals::add,
            Duration.ofMillis(10));
  }

  private int hot() {
    return changes.isEmpty() ? 0 : changes.get(changes.size() - 1).application().hot().size();
  }

  @Test
  void aChangeIsTakenAndWhatIsWrongIsRefusedOnce() throws IOException {
    Path file = write("config.yaml", 2);
    watch(file);
    write("config.yaml", 10);
    Eventually.holds("the change is taken", () -> hot() == 10);
    Files.writeString(file, "nonsense");
    Eventually.holds("it is refused", () -> refusals.size() == 1);
    assertThat(refusals.get(0)).startsWith(file + ": the file: expected keys");
    write("config.yaml", 13);
    Eventually.holds("what its taker refuses as well", () -> refusals.size() == 2);
    assertThat(refusals.get(1)).isEqualTo(file + ": thirteen");
    write("config.yaml", 11);
    Eventually.holds("and it goes on", () -> hot() == 11);
    assertThat(changes).hasSize(2);
  }

  @Test
  void aFileThatIsGoneForAWhileIsRefusedAndTakenAgain() throws IOException {
    Path file = write("config.yaml", 2);
    watch(file);
    Files.delete(file);
    Eventually.holds("it is missed", () -> !refusals.isEmpty());
    assertThat(refusals.get(0)).endsWith("there is no such file");
    write("config.yaml", 3);
    Eventually.holds("it is back", () -> hot() == 3);
  }

  /** Kubernetes replaces what a mounted ConfigMap's link points to. */
  @Test
  void aLinkThatPointsElsewhereIsFollowed() throws IOException {
    Path first = write("first.yaml", 2);
    Path second = write("secnd.yaml", 3);
    Files.setLastModifiedTime(second, Files.getLastModifiedTime(first));
    Path link = Files.createSymbolicLink(folder.resolve("config.yaml"), first);
    watch(link);
    Path other = Files.createSymbolicLink(folder.resolve("other"), second);
    Files.move(other, link, StandardCopyOption.ATOMIC_MOVE);
    Eventually.holds("the second file is taken", () -> hot() == 3);
  }

  @Test
  void aFileThatIsNotThereAtTheStartIsAComplaint() {
    assertThatThrownBy(() -> ConfigWatch.read(folder.resolve("none")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no such file");
    assertThatThrownBy(() -> ConfigWatch.read(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the file cannot be read");
  }
}
