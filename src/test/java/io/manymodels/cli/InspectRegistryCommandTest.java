package io.manymodels.cli;

import static io.manymodels.testing.Artifacts.tinyOnnx;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.cli.models.ModelsRun;
import io.manymodels.config.Environment;
import io.manymodels.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectRegistryCommandTest {
  @TempDir private Path folder;

  private ModelsRun.Result inspect(String asked) throws IOException {
    return inspect(asked, "file:" + Files.createDirectories(folder.resolve("models")));
  }

  private ModelsRun.Result inspect(String asked, String registry) throws IOException {
    Path file = Files.writeString(folder.resolve("asked.json"), asked);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        Main.run(
            new String[] {"inspect-registry", file.toString()},
            Environment.of(Map.of("MANY_MODELS_REGISTRY", registry)),
            new PrintWriter(out),
            new PrintWriter(err));
    return new ModelsRun.Result(exitCode, out.toString(), err.toString());
  }

  private JsonNode inspected(String asked) throws IOException {
    ModelsRun.Result result = inspect(asked);
    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    return Json.mapper().readTree(result.out());
  }

  private void publish(String tenant, String model, String... more) throws IOException {
    Path file = Files.write(folder.resolve(tenant + ".onnx"), tinyOnnx(model));
    String[] words = new String[3 + more.length];
    words[0] = "publish";
    words[1] = tenant;
    words[2] = file.toString();
    System.arraycopy(more, 0, words, 3, more.length);
    assertThat(new ModelsRun(folder.resolve("models")).run(words).exitCode()).isZero();
  }

  @Test
  void anEmptyRegistryHasNothing() throws Exception {
    assertThat(inspected("[\"a\"]").toString())
        .isEqualTo("{\"tenants\":0,\"missing\":[\"a\"],\"broken\":[]}");
  }

  @Test
  void namesWhatIsMissingAndPrefersWhomItIsAskedFor() throws Exception {
    publish("a", "row_sum");
    publish("z", "row_sum");
    JsonNode found = inspected("[\"gone\", \"z\", \"also\"]");
    assertThat(found.path("tenants").asInt()).isEqualTo(2);
    assertThat(found.path("missing").toString()).isEqualTo("[\"gone\",\"also\"]");
    assertThat(found.path("sample").path("tenant").asText()).isEqualTo("z");
    assertThat(found.path("sample").path("rows").path("data").path(0)).isNotEmpty();
  }

  @Test
  void passesOverWhatDoesNotLoadAndSaysWhy() throws Exception {
    publish("a", "unknown_operator", "--no-check");
    publish("b", "echo_any_width");
    JsonNode found = inspected("[]");
    assertThat(found.path("broken").get(0).path("tenant").asText()).isEqualTo("a");
    assertThat(found.path("broken").get(0).path("reason").asText()).contains("a/1");
    assertThat(found.path("sample").toString())
        .isEqualTo("{\"tenant\":\"b\",\"rows\":{\"data\":[[0.0]]}}");
  }

  @Test
  void givesUpAfterTenThatDoNotLoad() throws Exception {
    for (int i = 0; i < 12; i++) {
      publish("t" + i, "unknown_operator", "--no-check");
    }
    JsonNode found = inspected("[]");
    assertThat(found.has("sample")).isFalse();
    assertThat(found.path("broken")).hasSize(10);
  }

  @Test
  void aRegistryThatIsNotThereFails() throws Exception {
    inspect("[]", "file:" + folder.resolve("none")).assertFailed(1, "cannot be read");
    inspect("[]", "nothing:/x").assertFailed(2, "scheme 'nothing'");
    inspect("[\"..\"]").assertFailed(2, "FILE");
  }
}
