package io.manymodels.adapter.file;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.formats.MlflowFolder;
import io.manymodels.formats.MlflowModel;
import io.manymodels.model.ModelRef;
import io.manymodels.registry.FoundArtifacts;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;

/**
 * Versions without metadata that are MLflow folders, named {@code model} in the version's folder.
 * Thread-safe.
 */
final class MlflowVersions {
  private static final String FOLDER = "model/";

  /** What makes such a version. */
  static final String FILE = FOLDER + MlflowModel.FILE;

  private final RegistryFolder folder;
  private final FoundArtifacts found = new FoundArtifacts();

  MlflowVersions(RegistryFolder folder) {
    this.folder = folder;
  }

  /**
   * The artifact, found out anew when a file has changed: who copies a folder may not be done.
   *
   * @return empty when the version has no such folder
   */
  Optional<ArtifactDescriptor> describe(ModelRef ref) {
    return in(ref).map(mlflow -> describe(ref, mlflow));
  }

  /** The bytes of the artifact, or one more than {@code limitBytes}. */
  Optional<ByteBuffer> artifact(ModelRef ref, long limitBytes) {
    return in(ref).map(mlflow -> mlflow.artifact(limitBytes));
  }

  private Optional<MlflowFolder> in(ModelRef ref) {
    return MlflowFolder.in(ref, (name, limitBytes) -> folder.read(ref, FOLDER + name, limitBytes));
  }

  private ArtifactDescriptor describe(ModelRef ref, MlflowFolder mlflow) {
    Optional<FileState> description = folder.state(ref, FILE);
    Optional<FileState> model = folder.state(ref, FOLDER + mlflow.artifactFile());
    return found.get(
        ref,
        description + " " + model,
        () ->
            mlflow.describe(
                description.map(FileState::changed).orElse(Instant.EPOCH),
                FileArtifactStore.DEFAULT_LIMIT_BYTES));
  }
}
