package io.manymodels.adapter.file;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.WritableModelRegistryContract;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A registry in {@link WindowsFolders}: the rules that hold where the file system bends names. */
class FileModelRegistryOnWindowsTest extends WritableModelRegistryContract {
  private static final TenantId ACME = new TenantId("Acme");
  private static final TenantId OTHER = new TenantId("acme");

  @TempDir private Path folder;
  private Path root;
  private RegistryFolder files;
  private WritableModelRegistry registry;

  @BeforeEach
  void open() {
    root = folder.resolve("models");
    files = new RegistryFolder(root, new WindowsFolders()).orEmpty();
    registry = new FileModelRegistry(files, Ticker.SYSTEM);
  }

  @Override
  protected WritableModelRegistry registry() {
    return registry;
  }

  @Override
  protected ArtifactStore artifacts() {
    return new FileArtifactStore(files, FileArtifactStore.DEFAULT_LIMIT_BYTES);
  }

  @Override
  protected void setLive(ModelRef ref) throws IOException {
    Path tenant = Files.createDirectories(root.resolve(ref.tenant().value()));
    Files.writeString(tenant.resolve("live"), ref.version().toString());
  }

  /** Else the one tenant would be answered by the other one's model. */
  @Test
  void aTenantDoesNotGetTheModelsOfOneWhoseNameDiffersInCase() throws Exception {
    ArtifactDescriptor artifact = publish("Acme", 1);
    setLive(ref("Acme", 1));
    ArtifactDescriptor asked =
        Artifacts.describe(new ModelRef(OTHER, artifact.ref().version()), bytes(100, 1));

    assertThat(registry.liveVersion(OTHER)).isEmpty();
    assertThat(registry.versions(OTHER)).isEmpty();
    assertThat(registry.describe(asked.ref())).isEmpty();
    assertThat(registry.ignored(OTHER)).isEmpty();
    assertThat(artifacts().read(asked)).isEmpty();
    assertThat(registry.liveVersions(Set.of(ACME, OTHER, new TenantId("ACME"))).versions())
        .hasToString("{Acme=1}");
    assertFails(ErrorCode.MODEL_VERSION_NOT_FOUND, () -> registry.setLive(asked.ref()), "acme/1");
    assertFails(ErrorCode.MODEL_NOT_FOUND, () -> registry.delete(OTHER), "acme");
    assertThat(registry.tenants()).containsExactly(ACME);
    assertThat(registry.liveVersion(ACME)).isEqualTo(Optional.of(new ModelVersion(1)));
  }

  @ParameterizedTest
  @CsvSource({"acme", "ACME", "Acme.", "aCME.."})
  void publishingANameThatIsTakenForAnotherIsRefused(String name) throws Exception {
    publish("Acme", 1);
    assertFails(
        ErrorCode.INVALID_INPUT,
        () -> publishUnchecked(name),
        "tenant '"
            + name
            + "': the file system of the registry does not tell this name from 'Acme', which is"
            + " there");
    assertThat(registry.versions(ACME)).containsExactly(new ModelVersion(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"con", "NUL.7", "acme.", "4711."})
  void publishingANameThatNoFolderCanHaveIsRefused(String name) throws Exception {
    publish("tenant1", 1);
    assertFails(
        ErrorCode.INVALID_INPUT,
        () -> publishUnchecked(name),
        "tenant '" + name + "': the file system of the registry cannot have a folder of this name");
    try (Stream<Path> entries = Files.list(root)) {
      assertThat(entries).containsExactly(root.resolve("tenant1"));
    }
  }

  @Test
  void namesWithoutLettersAreFoundToo() throws Exception {
    publish("4711", 1);
    assertThat(registry.liveVersion(new TenantId("4711"))).contains(new ModelVersion(1));
    assertThat(registry.liveVersion(new TenantId("4711."))).isEmpty();
  }

  private void publishUnchecked(String tenant) {
    try {
      publish(tenant, 2);
    } catch (Exception e) {
      throw e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
    }
  }
}
