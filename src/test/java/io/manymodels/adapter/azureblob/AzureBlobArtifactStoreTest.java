package io.manymodels.adapter.azureblob;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.artifact.ArtifactStoreProvider;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.testing.ArtifactStoreContract;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.Azurite;
import java.util.ServiceLoader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** By the names that our publishers write. */
class AzureBlobArtifactStoreTest extends ArtifactStoreContract {
  private static final long LIMIT = 4_000_000;

  private TestContainer container;
  private ArtifactStore store;

  /** Before all: an abort before each would be followed by the closing of nothing. */
  @BeforeAll
  static void start() {
    Azurite.shared();
  }

  @BeforeEach
  void open() {
    container = TestContainer.create();
    store = container.artifacts(LIMIT);
  }

  @Override
  protected ArtifactStore store() {
    return store;
  }

  @Override
  protected void put(ArtifactDescriptor artifact, byte[] bytes) {
    container.put(BlobNames.artifact(artifact), bytes);
  }

  @Test
  void theProviderIsFoundByItsScheme() {
    assertThat(ServiceLoader.load(ArtifactStoreProvider.class))
        .filteredOn(provider -> provider.scheme().equals("azblob"))
        .singleElement()
        .isInstanceOf(AzureBlobArtifactStoreProvider.class);
  }

  @Test
  void ourNameIsReadBeforeTheOneOfOthers() {
    byte[] ours = bytes(100, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), ours);
    container.put(BlobNames.plainArtifact(artifact), bytes(100, 2));
    put(artifact, ours);
    assertHeld(artifact, ours);
  }

  @Test
  void aBlobThatIsLargerThanAnnouncedIsCorruptAndNotReadWholly() {
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes(100, 1));
    put(artifact, bytes(3_000_000, 1));
    assertCorrupt(artifact, "tenant1/1", "100 bytes");
    assertThat(
            container
                .container(TestContainer.KEY, 1)
                .read("x", BlobNames.artifact(artifact), 100)
                .orElseThrow()
                .remaining())
        .isEqualTo(101);
  }

  @Test
  void aBlobThatIsShorterThanAnnouncedComesAsItIs() {
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes(3_000_000, 1));
    put(artifact, bytes(100, 2));
    assertThat(store.read(artifact)).get().extracting(Artifacts::toArray).isEqualTo(bytes(100, 2));
  }

  @Test
  void whatIsAnnouncedAboveTheLimitIsNotAskedFor() {
    assertCorrupt(
        describe(ref("tenant1", 1), new byte[(int) LIMIT + 1]), "tenant1/1", LIMIT + " bytes");
  }

  private void assertCorrupt(ArtifactDescriptor artifact, String... words) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> store.read(artifact))
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.ARTIFACT_CORRUPT))
        .satisfies(e -> assertThat(e.getMessage()).contains(words));
  }
}
