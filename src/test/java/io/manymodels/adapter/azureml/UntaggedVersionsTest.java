package io.manymodels.adapter.azureml;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.testing.Artifacts;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Versions as {@code az ml model create} and MLflow register them, on {@link AzureMlStub}: never
 * run against Azure.
 */
class UntaggedVersionsTest {
  private static final ModelRef REF = ref("tenant1", 1);
  private static final byte[] BYTES = bytes(100, 1);
  private static final String MLMODEL =
      """
      artifact_path: model
      flavors:
        onnx:
          data: model.onnx
          onnx_version: 1.16.0
        python_function:
          loader_module: mlflow.onnx
      saved_input_example_info:
        artifact_path: input_example.json
        pandas_orient: split
        type: dataframe
      signature:
        inputs: '[{"type": "double", "name": "seats"}, {"type": "double", "name": "hours"}]'
      utc_time_created: '2026-11-23 00:00:00.000000'
      """;

  private AzureMlStub stub;
  private ModelRegistry registry;
  private ArtifactStore store;

  @BeforeEach
  void open() throws IOException {
    stub = new AzureMlStub();
    registry = new AzureMlModelRegistry(stub.models());
    store = new AzureMlArtifactStore(stub.models(), AzureMlArtifactStore.DEFAULT_LIMIT_BYTES);
  }

  @AfterEach
  void close() {
    registry.close();
    store.close();
    stub.close();
  }

  private void register(String path) {
    Map<String, Object> properties =
        AzureMlStub.properties("azureml://datastores/blobstore/paths/" + path);
    properties.put("createdAt", "2026-11-23T00:00:00Z");
    stub.putVersion("tenant1", "1", properties);
  }

  private void put(String path, byte[] bytes) {
    stub.putBlob("acct/models/" + path, bytes);
  }

  private void put(String path, String text) {
    put(path, text.getBytes(UTF_8));
  }

  private ArtifactDescriptor described() {
    return registry.describe(REF).orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "up/churn.onnx, up/churn.onnx",
    "up/folder, up/folder/model.onnx",
    "up/folder/, up/folder/model.onnx"
  })
  void aFileOrFolderIsDescribedByWhatLiesThere(String registered, String file) {
    register(registered);
    put(file, BYTES);
    assertThat(registry.liveVersion(REF.tenant())).contains(new ModelVersion(1));
    assertThat(described()).isEqualTo(describe(REF, BYTES));
    assertThat(store.read(described()).map(Artifacts::toArray)).contains(BYTES);
  }

  @Test
  void anMlflowFolderHasNamesAndAnExample() {
    register("run/model");
    put("run/model/MLmodel", MLMODEL.replace("data: model.onnx", "data: sub/net.onnx"));
    put("run/model/sub/net.onnx", BYTES);
    put("run/model/input_example.json", "{\"columns\":[\"seats\",\"hours\"],\"data\":[[1,NaN]]}");
    assertThat(described())
        .extracting(ArtifactDescriptor::digest, ArtifactDescriptor::created)
        .containsExactly(describe(REF, BYTES).digest(), Instant.parse("2026-11-23T00:00:00Z"));
    assertThat(described().usage().naming().suggested()).isEqualTo(List.of("seats", "hours"));
    assertThat(described().usage().exampleText())
        .isEqualTo("{\"columns\":[\"seats\",\"hours\"],\"data\":[[1,null]]}");
    assertThat(store.read(described()).map(Artifacts::toArray)).contains(BYTES);
  }

  @Test
  void anExampleThatCannotBeUsedIsLeftOut() {
    register("run/model");
    put("run/model/MLmodel", MLMODEL);
    put("run/model/model.onnx", BYTES);
    put("run/model/input_example.json", "{\"columns\":");
    assertThat(described().usage().example()).isEmpty();
    assertThat(described().usage().naming().suggested()).hasSize(2);
  }

  @Test
  void whatWasFoundOutIsRememberedAndAnOutageIsNot() {
    register("up/churn.onnx");
    put("up/churn.onnx", BYTES);
    stub.plan("/acct/", AzureMlStub.Answer.of(403));
    assertFails(ErrorCode.STORE_UNAVAILABLE, "403");
    ArtifactDescriptor first = described();
    assertThat(described()).isEqualTo(first);
    assertThat(stub.requests("/acct/")).as("reads of the file").isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          up/gone.onnx | | there is no file where its model URI leads
          up/gone      | | there is neither MLmodel nor model.onnx where its model URI leads
          up/model.pkl | ccopy_reg\\n_reconstructor\\n | it is a pickle, not an ONNX model; make ONNX of it
          up/model.bin | \\x07\\x01\\x02 | its file does not end in .onnx; for another format set the tags
          """)
  void anythingElseIsAnErrorThatNamesTheWayIn(String path, String text, String why) {
    register(path);
    if (text != null) {
      put(path, text.replace("\\n", "\n").replace("\\x07", "\7").replace("\\x01", "\1"));
    }
    assertFails(ErrorCode.LOAD_FAILED, "tenant1/1: ", why);
  }

  @Test
  void anMlflowFolderOfAnotherFlavourNamesTheConverter() {
    register("run/model");
    put("run/model/MLmodel", "flavors:\n  sklearn:\n    pickled_model: model.pkl\n");
    assertFails(ErrorCode.LOAD_FAILED, "the flavour sklearn", "models convert FOLDER");
    put("run/model/MLmodel", "flavors: [");
    assertFails(
        ErrorCode.LOAD_FAILED, "tenant1/1: the file MLmodel cannot be read: this is not YAML");
    put("run/model/MLmodel", MLMODEL);
    assertFails(ErrorCode.LOAD_FAILED, "its MLflow folder has no file model.onnx");
  }

  private void assertFails(ErrorCode code, String... words) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> registry.describe(REF))
        .satisfies(e -> assertThat(e.getMessage()).contains(words).doesNotContain("\n"))
        .extracting(ServingException::code)
        .isEqualTo(code);
  }
}
