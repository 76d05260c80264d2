package io.manymodels.cli.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.manymodels.cli.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole process as it is on other systems, as far as Linux can be made to look like them. */
class ServeElsewhereTest {
  /** The private mounts end with the process. */
  private static final String HIDE =
      "mount -t tmpfs -o ro none /dev/shm && mount -t tmpfs none /sys/fs"
          + " && mount -t tmpfs none /proc && exec \"$@\"";

  @TempDir private Path folder;
  private Path temporary;
  private Path cache;

  @BeforeEach
  void folders() throws IOException {
    temporary = Files.createDirectory(folder.resolve("temporary"));
    cache = Files.createFile(folder.resolve("file")).resolve("artifacts");
  }

  private List<String> serve(String... more) {
    List<String> command = new ArrayList<>(List.of(more));
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-Dio.netty.transport.noNative=true",
            "-Dfile.encoding=windows-1252",
            "-Djava.io.tmpdir=" + temporary,
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "serve",
            "--port=0",
            "--registry=models",
            "--state=" + folder.resolve("state")));
    return command;
  }

  /** What it logs until it has answered, and is told to end. */
  private String scored(List<String> command) throws Exception {
    Path log = folder.resolve("log");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
    builder.environment().put("MANY_MODELS_NODE_CACHE", cache.toUri().toString());
    builder.environment().put("MANY_MODELS_DRAIN_S", "0");
    // Without /proc, the launcher of Java does not find its own libraries.
    builder.environment().put("LD_LIBRARY_PATH", System.getProperty("java.home") + "/lib");
    Process process = builder.start();
    try (BufferedReader output = process.inputReader(UTF_8)) {
      HttpResponse<String> answer = post(address(output, log));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(answer.body()).contains("\"model\":\"tenant1\",\"version\":1,\"prediction\":[");
    } finally {
      process.destroy();
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
    return Files.readString(log);
  }

  private static URI address(BufferedReader output, Path log) throws IOException {
    String line = output.readLine();
    while (line != null && !line.contains("POST ")) {
      line = output.readLine();
    }
    assertThat(line).as(Files.readString(log)).isNotNull();
    return URI.create(line.substring(line.indexOf("http")));
  }

  private static HttpResponse<String> post(URI address) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(address)
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "{\"tenant\":\"tenant1\",\"data\":[[1,2,3,4]]}"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private void assertCacheMoved(String log) throws IOException {
    Path used =
        temporary.resolve(
            "many-models-cache-" + System.getProperty("user.name").replaceAll("\\W", "_"));
    assertThat(log).containsOnlyOnce("; " + used + " is used instead").doesNotContain("Exception:");
    assertThat(used.resolve("ledger")).exists();
  }

  @Test
  void withoutEpollAndWithoutItsCacheInAnotherCharacterSet() throws Exception {
    assertCacheMoved(scored(serve()));
  }

  /** Nothing of the journals is missing but the numbers of threads. */
  @Test
  void withoutProcControlGroupsAndSharedMemory() throws Exception {
    assumeTrue(
        new ProcessBuilder("unshare", "--mount", "sh", "-c", HIDE, "sh", "true")
                .redirectErrorStream(true)
                .start()
                .waitFor()
            == 0,
        "cannot hide /proc");
    String log = scored(serve("unshare", "--mount", "sh", "-c", HIDE, "sh"));
    assertCacheMoved(log);
    assertThat(log).doesNotContain("journal");
  }
}
