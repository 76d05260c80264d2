package io.manymodels.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.manymodels.json.UserConfigJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServeConfigFileTest {
  private static final String HEAD =
      "applications:\n- name: many-models\n  import_path: manymodels.application:build\n";

  @TempDir private Path folder;

  @Test
  void theFileThatIsShippedIsTaken() throws IOException {
    ServedApplication served = ServeConfigFile.read(Path.of("deploy/rayservice.yaml"));
    assertThat(served.application().hot()).hasSize(10).startsWith("Deployment1");
    assertThat(UserConfigJson.hot(served.userConfig("Deployment10")).capacityMib()).isEqualTo(64);
    assertThat(UserConfigJson.dispatcher(served.userConfig("Dispatcher")).maxInFlight())
        .isEqualTo(60);
    assertThat(served.skipped())
        .contains("spec.rayClusterConfig", "http_options", "num_replicas")
        .doesNotContain("name", "import_path")
        .doesNotHaveDuplicates();
  }

  @Test
  void theContentOfServeConfigAloneIsTakenToo() {
    ServedApplication served =
        ServeConfigFile.parse(
            HEAD
                + "  args: {hot_deployments: 2}\n"
                + "  deployments:\n"
                + "  - {name: Deployment2, user_config: {tenants: [a, b], capacity: 2}}\n"
                + "  - {name: Deploymentx}\n"
                + "- {name: other, import_path: 'other:app', anything: 1}\n");
    assertThat(served.application().hot()).containsExactly("Deployment1", "Deployment2");
    assertThat(served.userConfigs())
        .containsEntry("Deployment2", "{\"tenants\":[\"a\",\"b\"],\"capacity\":2}")
        .containsEntry("Deploymentx", "{}");
    assertThat(served.userConfig("Deployment1")).isEqualTo("{}");
    assertThat(served.skipped()).containsExactly("application other");
  }

  @Test
  void withoutDeploymentsAllHaveTheirDefaults() {
    ServedApplication served = ServeConfigFile.parse(HEAD);
    assertThat(served.application().hot()).hasSize(10);
    assertThat(served.userConfigs()).isEmpty();
  }

  @Test
  void whatTheBoundsAddUpTo() {
    ServedApplication served =
        ServeConfigFile.parse(
            HEAD
                + "  args: {hot_deployments: 3}\n"
                + "  deployments:\n"
                + "  - {name: Deployment1, user_config: {capacity_mib: 10}}\n"
                + "  - {name: Deployment2, user_config: {capacity_mib: 0}}\n"
                + "  - {name: Deploymentx, user_config: {capacity_mib: 500}}\n");
    assertThat(served.modelsMib()).as("one has no bound, one is refused").isEqualTo(510);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | the file: expected keys and values",
        "a: [ | this is not YAML",
        "a: 1 | neither 'applications' nor 'spec.serveConfigV2'",
        "spec: {serveConfigV2: '- a'} | serveConfigV2: expected keys and values",
        "applications: 7 | applications: expected a list",
        "applications: [] | none has import_path manymodels.application:build",
        "HEAD  nmae: x | unknown key 'nmae'",
        "HEAD  args: {hot_deployments: 0} | hot_deployments: 0 is not in 1..1000",
        "HEAD  args: {hot_deployments: ten} | hot_deployments: ten is not in 1..1000",
        "HEAD  args: {hot: 1} | args: unknown key 'hot'",
        "HEAD  deployments: [{name: Deployment11}] | there is no 'Deployment11'",
        "HEAD  deployments: [{name: Deploymentx}, {name: Deploymentx}] | 'Deploymentx' is there twice",
        "HEAD  deployments: [{name: Deploymentx, user_confg: {}}] | unknown key 'user_confg' of Deploymentx",
        "a: 1~a: 2 | this is not YAML"
      })
  void whatIsWrongIsNamedInOneLine(String text, String complaint) {
    String yaml = text.replace("HEAD", HEAD).replace('~', '\n');
    assertThatThrownBy(() -> ServeConfigFile.parse(yaml))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(complaint)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void twoApplicationsOfOursAreOneTooMany() {
    assertThatThrownBy(() -> ServeConfigFile.parse(HEAD + HEAD.substring(HEAD.indexOf('-'))))
        .hasMessageContaining("two of them");
  }

  @Test
  void aFileThatIsTooLongIsNotRead() throws IOException {
    Path file = Files.write(folder.resolve("long.yaml"), new byte[(4 << 20) + 1]);
    assertThatThrownBy(() -> ServeConfigFile.read(file)).hasMessageContaining("4 MiB");
  }
}
