package io.manymodels.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.cli.CommandRun;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What makes the command end at once; that it serves is what the end-to-end tests are about. */
class ServeCommandTest {
  @TempDir private Path folder;

  private CommandRun serve(String... more) {
    return serve(Map.of(), more);
  }

  private CommandRun serve(Map<String, String> environment, String... more) {
    Map<String, String> all = new TreeMap<>(environment);
    all.putIfAbsent("MANY_MODELS_REGISTRY", folder.toUri().toString());
    all.putIfAbsent("MANY_MODELS_STATE", folder.resolve("state").toUri().toString());
    String[] arguments = new String[more.length + 1];
    arguments[0] = "serve";
    System.arraycopy(more, 0, arguments, 1, more.length);
    return CommandRun.of(all, arguments);
  }

  @Test
  void aPortThatIsTakenIsOneLineAndExitCode1() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());
      serve("--port", port)
          .assertFailed(1, "cannot listen on 127.0.0.1:" + port, "in use", "--port");
      serve(Map.of("MANY_MODELS_DIRECT_PORT", port)).assertFailed(1, "127.0.0.1:" + port);
    }
    serve("--host", "192.0.2.1", "--port", "0").assertFailed(1, "cannot listen on 192.0.2.1:0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--port 65536 | --port '65536': expected a whole number in 0..65535",
        "--port x | --port 'x'",
        "--nonsense | --nonsense",
        "--config /nowhere.yaml | --config '/nowhere.yaml': there is no such file",
        "--registry /nowhere/at/all | --registry '/nowhere/at/all': is not a folder and cannot be made",
        "--registry other:here | scheme 'other' is not one of",
        "--state other:here | scheme 'other' is not one of"
      })
  void wrongUseIsOneLineAndExitCode2(String arguments, String complaint) {
    serve(arguments.split(" ")).assertFailed(2, complaint);
  }

  @Test
  void aConfigurationThatIsWrongIsNamed() throws IOException {
    Path config = Files.writeString(folder.resolve("config.yaml"), "applications: []\n");
    serve("--config", config.toString())
        .assertFailed(2, "--config '" + config + "'", "none has import_path");
  }

  @Test
  void aVariableThatHoldsNothingThatIsTakenIsNamed() {
    serve(Map.of("MANY_MODELS_VERSION_POLL_S", "0")).assertFailed(2, "MANY_MODELS_VERSION_POLL_S");
    serve(Map.of("MANY_MODELS_DRAIN_S", "-1")).assertFailed(2, "MANY_MODELS_DRAIN_S");
    serve(Map.of("MANY_MODELS_ADMIN_TOKEN", "")).assertFailed(2, "MANY_MODELS_ADMIN_TOKEN");
  }

  @Test
  void aStateThatCannotBeWrittenIsOneLineAndExitCode1() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    serve("--state", file.resolve("state").toString())
        .assertFailed(1, "the placement state cannot be written to", "MANY_MODELS_STATE");
  }

  @Test
  void aRegistryOfAnOptionIsMade() {
    Path made = folder.resolve("new");
    serve("--registry", made.toString(), "--config", "/nowhere.yaml").assertFailed(2, "--config");
    assertThat(made).isEmptyDirectory();
  }

  @Test
  void theDefaultsAreSaidInTheHelp() {
    CommandRun help = serve("--help");
    assertThat(help.exitCode()).isZero();
    assertThat(help.out()).contains("--registry", "--state", "--port", "--config", "8080");
  }
}
