package io.manymodels.http;

import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.access.AdminToken;
import io.manymodels.access.OpenGate;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.json.ExampleJson;
import io.manymodels.stores.Stores;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.ModelOutput;
import io.manymodels.tensor.Naming;
import io.manymodels.tensor.Signature;
import io.manymodels.tensor.Usage;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** GET /models/{tenant}. */
class ModelRoutesTest extends IngressFixture {
  private static final byte[] LINEAR =
      "{\"coefficients\":[[1,2]],\"intercept\":[0],\"kind\":\"regression\"}".getBytes(UTF_8);

  private void publish(String tenant, String format, byte[] bytes, Usage usage) {
    ArtifactDescriptor plain = describe(ref(tenant, 3), bytes);
    ArtifactDescriptor artifact =
        new ArtifactDescriptor(
            plain.ref(), plain.digest(), plain.sizeBytes(), format, plain.created(), usage);
    stores.writableRegistry().publish(artifact, "", ByteBuffer.wrap(bytes));
  }

  @Test
  void whatAModelTakesIsToldAsItWasPublished() {
    Signature signature =
        new Signature(
            List.of(
                new ModelInput("plan", Datatype.BYTES, List.of(-1L, 1L))
                    .withMissing(Map.of("plan", "")),
                new ModelInput("features", Datatype.FP32, List.of(-1L, 2L))
                    .withColumns(List.of("seats", "hours"))),
            List.of(
                new ModelOutput("label", Datatype.BYTES, List.of(-1L)),
                new ModelOutput(
                    "probabilities",
                    ModelOutput.Form.TENSOR,
                    Datatype.FP32,
                    List.of(-1L, 2L),
                    List.of("leaves", "stays"))));
    ExampleJson example = ExampleJson.read("{\"records\":[{\"plan\":\"pro\"}]}");
    publish(
        "store-17",
        "onnx",
        new byte[] {1, 2},
        new Usage(
            Optional.of(signature), Naming.NONE, Optional.of(example.rows()), example.text()));
    assertThat(get("/models/store-17").body())
        .isEqualTo(
            """
            {"model":"store-17","version":3,"format":"onnx",\
            "sha256":"a12871fee210fb8619291eaea194581cbd2531e4b23759d225f6806923f63222","bytes":2,\
            "inputs":[{"name":"plan","datatype":"BYTES","shape":[-1,1],"columns":["plan"]},\
            {"name":"features","datatype":"FP32","shape":[-1,2],"columns":["seats","hours"]}],\
            "outputs":[{"name":"label","datatype":"BYTES","shape":[-1],"classes":null},\
            {"name":"probabilities","datatype":"FP32","shape":[-1,2],"classes":["leaves","stays"]}],\
            "missing":{"plan":""},"example":{"records":[{"plan":"pro"}]}}""");
  }

  @Test
  void ofAnOlderVersionTheArtifactIsRead() {
    publish(
        "old",
        "linear-json",
        LINEAR,
        new Usage(Optional.empty(), Naming.suggesting(List.of("a", "b")), Optional.empty(), ""));
    JsonNode model = get("/models/old").json();
    assertThat(model.path("inputs").toString())
        .isEqualTo(
            "[{\"name\":\"data\",\"datatype\":\"FP64\",\"shape\":[-1,2],\"columns\":[\"a\",\"b\"]}]");
    assertThat(model.path("example").isNull()).isTrue();
    assertThat(model.has("note")).isFalse();
    assertThat(get("/models/old").json()).isEqualTo(model);
  }

  @Test
  void whatCannotBeReadHasANote() {
    publish("broken", "linear-json", new byte[] {'{'}, Usage.UNKNOWN);
    publish("foreign", "pmml", new byte[] {'<'}, Usage.UNKNOWN);
    JsonNode broken = get("/models/broken").json();
    assertThat(broken.path("inputs").isNull()).isTrue();
    assertThat(broken.path("outputs").isNull()).isTrue();
    assertThat(broken.path("note").asText()).startsWith("broken/3: the artifact is not a linear");
    assertThat(get("/models/foreign").json().path("note").asText())
        .isEqualTo("foreign/3: no loader takes the format 'pmml'");
  }

  @Test
  void whatIsNotThereIsAProblem() {
    JsonNode unused =
        assertProblem(
            get("/models/nobody"), 404, "model-not-found", "tenant 'nobody' has no model");
    assertThat(get("/models/.hidden").status()).isEqualTo(400);
    assertThat(get("/models/a b").status()).isEqualTo(400);
    assertThat(get("/models/").status()).isEqualTo(400);
    assertThat(get("/models").status()).isEqualTo(404);
    assertThat(send("POST", "/models/nobody", Map.of(), "").status()).isEqualTo(405);
    assertThat(send("HEAD", "/models/nobody", Map.of(), "").status()).isEqualTo(404);
    edge =
        edge(
            new Stores(Environment.empty().with(Setting.REGISTRY, "file:/nowhere/at/all")),
            OpenGate.with(AdminToken.from(Environment.empty())));
    assertThat(get("/models/nobody").status()).isEqualTo(503);
  }
}
