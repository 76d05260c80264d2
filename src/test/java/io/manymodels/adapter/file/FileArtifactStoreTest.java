package io.manymodels.adapter.file;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.testing.ArtifactStoreContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileArtifactStoreTest extends ArtifactStoreContract {
  @TempDir private Path folder;
  private FolderPublisher publisher;
  private ArtifactStore store;

  @BeforeEach
  void open() throws IOException {
    Path root = Files.createDirectory(folder.resolve("models"));
    publisher = new FolderPublisher(root);
    store = new FileArtifactStoreProvider().open(root.toUri());
  }

  @Override
  protected ArtifactStore store() {
    return store;
  }

  @Override
  protected void put(ArtifactDescriptor artifact, byte[] bytes) throws IOException {
    publisher.publish(artifact, bytes);
  }

  @Test
  void anArtifactLargerThanItsMetadataIsCorruptAndNotReadFurther() throws Exception {
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes(100, 1));
    put(artifact, bytes(101, 1));
    assertFails(ErrorCode.ARTIFACT_CORRUPT, artifact, store);
  }

  @Test
  void anArtifactLargerThanTheLimitIsRefusedUnread() throws Exception {
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes(100, 1));
    put(artifact, bytes(100, 1));
    RegistryFolder files = FolderUri.open(publisher.root().toUri());
    assertFails(ErrorCode.ARTIFACT_CORRUPT, artifact, new FileArtifactStore(files, 99));
    assertThat(new FileArtifactStore(files, 100).read(artifact)).isPresent();
  }

  @Test
  void aShorterArtifactIsForTheReaderToJudge() throws Exception {
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes(100, 1));
    put(artifact, bytes(60, 1));
    assertHeld(artifact, bytes(60, 1));
  }

  @Test
  void onlyAFileInsideTheRootIsRead() throws Exception {
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes(100, 1));
    put(artifact, bytes(100, 1));
    Path model = publisher.version(artifact.ref()).resolve("model.onnx");
    Path secret = Files.write(folder.resolve("secret"), bytes(100, 1));
    Files.delete(model);
    Files.createSymbolicLink(model, secret);
    assertFails(ErrorCode.LOAD_FAILED, artifact, store);
    Files.delete(model);
    Files.createDirectory(model);
    assertThat(store.read(artifact)).isEmpty();
  }

  @Test
  void aMissingRootIsAnOutage() {
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes(100, 1));
    assertFails(
        ErrorCode.STORE_UNAVAILABLE,
        artifact,
        new FileArtifactStoreProvider().open(folder.resolve("missing").toUri()));
  }

  private static void assertFails(
      ErrorCode code, ArtifactDescriptor artifact, ArtifactStore store) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> store.read(artifact))
        .withMessageNotContainingAny("/tmp", "\n")
        .extracting(ServingException::code)
        .isEqualTo(code);
  }
}
