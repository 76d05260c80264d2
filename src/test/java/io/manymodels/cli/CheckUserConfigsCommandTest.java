package io.manymodels.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.cli.models.ModelsRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckUserConfigsCommandTest {
  @TempDir private Path folder;

  private ModelsRun.Result check(String questions) throws IOException {
    Path file = Files.writeString(folder.resolve("questions.json"), questions);
    return check(file);
  }

  private static ModelsRun.Result check(Path file) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        Main.run(
            new String[] {"check-user-configs", file.toString()},
            new PrintWriter(out),
            new PrintWriter(err));
    return new ModelsRun.Result(exitCode, out.toString(), err.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "HOT|{\"capacity\": 0}|key 'capacity': 0 is not in 1..100000",
        "HOT|{\"tenants\": [\"a\", \"a\"], \"capacity\": 2}|a tenant is named twice",
        "HOT|{\"pool\": \"static\"}|\\\"static\\\" is not one of dynamic, dedicated",
        "OVERFLOW|{\"capacitymib\": 1}|unknown key 'capacitymib'; allowed: capacity, capacity_mib",
        "DISPATCHER|{\"max_rows\": \"1\"}|key 'max_rows': expected a whole number",
        "SHARED_MEMORY|{\"half_life_s\": 0}|key 'half_life_s': 0 is not in 1..604800"
      })
  void refusesWhatTheDeploymentWouldRefuse(String kind, String userConfig, String reason)
      throws Exception {
    String quoted = userConfig.replace("\"", "\\\"");
    ModelsRun.Result result =
        check(
            "[{\"kind\": \"%s\", \"deployment\": \"D\", \"user_config\": \"%s\"}]"
                .formatted(kind, quoted));
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("[{\"deployment\":\"D\",\"reason\":\"").contains(reason);
  }

  @Test
  void saysNothingOfWhatIsTaken() throws Exception {
    ModelsRun.Result result =
        check(
            """
            [{"kind": "HOT", "deployment": "Deployment1", "user_config": "{\\"tenant\\": \\"a\\"}"},
             {"kind": "DISPATCHER", "deployment": "Dispatcher", "user_config": "{}"}]
            """);
    assertThat(result.out()).isEqualTo("[]\n");
  }

  @Test
  void isToldWhatIsNoList() throws Exception {
    check("{}").assertFailed(2, "FILE", "expected a list");
    check(folder.resolve("missing")).assertFailed(2, "FILE", "cannot be read");
  }
}
