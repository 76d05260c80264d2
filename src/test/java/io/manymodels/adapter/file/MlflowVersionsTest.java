package io.manymodels.adapter.file;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.testing.Artifacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** MLflow folders that were copied into a registry folder. */
class MlflowVersionsTest {
  private static final ModelRef REF = ref("tenant1", 2);
  private static final String ONNX =
      "flavors: {onnx: {data: net.onnx}}\nsignature: {inputs: '[{\"name\": \"a\"}]'}\n";

  @TempDir private Path root;
  private WritableModelRegistry registry;
  private ArtifactStore store;
  private Path mlflow;

  @BeforeEach
  void open() throws IOException {
    FileModelRegistryProvider provider = new FileModelRegistryProvider();
    registry = provider.openWritable(root.toUri());
    store = provider.openArtifacts(root.toUri());
    mlflow = Files.createDirectories(root.resolve("tenant1/2/model"));
  }

  private void put(byte[] model) throws IOException {
    Files.write(mlflow.resolve("net.onnx"), model);
    Files.writeString(mlflow.resolve("MLmodel"), ONNX);
  }

  @Test
  void aFolderIsAVersionAsAnyOther() throws Exception {
    assertThat(registry.tenants()).isEmpty();
    put(bytes(100, 1));
    assertThat(registry.tenants()).containsExactly(REF.tenant());
    assertThat(registry.versions(REF.tenant())).containsExactly(new ModelVersion(2));
    assertThat(registry.liveVersion(REF.tenant())).contains(new ModelVersion(2));
    assertThat(registry.ignored()).isEmpty();
    ArtifactDescriptor artifact = registry.describe(REF).orElseThrow();
    assertThat(artifact.digest()).isEqualTo(describe(REF, bytes(100, 1)).digest());
    assertThat(artifact.usage().naming().suggested()).isEqualTo(List.of("a"));
    assertThat(store.read(artifact).map(Artifacts::toArray)).contains(bytes(100, 1));
    registry.setLive(REF);
    assertThat(root.resolve("tenant1/live")).hasContent("2");
    registry.delete(REF.tenant());
    assertThat(registry.tenants()).isEmpty();
  }

  @Test
  void aCopyThatIsNotFinishedIsReadAgain() throws Exception {
    put(bytes(60, 1));
    Files.setLastModifiedTime(mlflow.resolve("net.onnx"), FileTime.from(Instant.EPOCH));
    ArtifactDescriptor half = registry.describe(REF).orElseThrow();
    put(bytes(100, 1));
    ArtifactDescriptor whole = registry.describe(REF).orElseThrow();
    assertThat(whole.digest()).isNotEqualTo(half.digest());
    assertThat(whole.sizeBytes()).isEqualTo(100);
    assertThat(registry.describe(REF)).contains(whole);
  }

  @Test
  void whatCannotBeServedIsAnErrorOfTheTenantsAlone() throws Exception {
    Files.writeString(mlflow.resolve("MLmodel"), "flavors: {sklearn: {}}");
    assertFails("tenant1/2: it is an MLflow model of the flavour sklearn", "models convert FOLDER");
    Files.writeString(mlflow.resolve("MLmodel"), ONNX);
    assertFails("tenant1/2: its MLflow folder has no file net.onnx");
    Files.writeString(mlflow.resolve("MLmodel"), "flavors: {onnx: {data: ../../x}}");
    assertFails("tenant1/2: the file MLmodel names a file that does not lie in its folder");
    assertThat(registry.liveVersion(REF.tenant())).contains(new ModelVersion(2));
  }

  private void assertFails(String... words) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> registry.describe(REF))
        .satisfies(e -> assertThat(e.getMessage()).contains(words));
  }
}
