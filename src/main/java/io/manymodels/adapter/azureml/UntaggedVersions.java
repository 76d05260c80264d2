package io.manymodels.adapter.azureml;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.formats.ForeignFormat;
import io.manymodels.formats.MlflowFolder;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ModelRef;
import io.manymodels.registry.FoundArtifacts;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;

/**
 * Versions that somebody registered without our tags, by {@code az ml model create} or by MLflow:
 * an ONNX file, a folder with {@code model.onnx} in it, or an MLflow folder of the flavour {@code
 * onnx}. Digest and size are found out at the first look by reading the file; a version never
 * changes, so they are remembered. Thread-safe.
 */
final class UntaggedVersions {
  private static final String FORMAT = "onnx";
  private static final String FILE = "model.onnx";

  /** Enough to tell what a file is. */
  private static final int HEAD = 64 << 10;

  private final VersionFiles files;
  private final long limitBytes;
  private final FoundArtifacts found = new FoundArtifacts();

  /** {@code limitBytes} is the most that an artifact may have. */
  UntaggedVersions(VersionFiles files, long limitBytes) {
    this.files = files;
    this.limitBytes = limitBytes;
  }

  /** Throws {@code LOAD_FAILED} when there is no such model where the version says. */
  ArtifactDescriptor describe(ModelRef ref, ModelResource version) {
    return found.get(ref, "", () -> find(ref, version));
  }

  private ArtifactDescriptor find(ModelRef ref, ModelResource version) {
    Instant created = VersionTags.created(ref, version);
    ArtifactLocation.Blob place = files.place(ref, version);
    if (place.path().endsWith("." + FORMAT)) {
      return describe(ref, created, required(ref, files.read(ref, place, limitBytes)));
    }
    Optional<MlflowFolder> mlflow = MlflowFolder.in(ref, files.in(ref, place));
    if (mlflow.isPresent()) {
      return mlflow.get().describe(created, limitBytes);
    }
    Optional<ByteBuffer> file = files.read(ref, place.child(FILE), limitBytes);
    if (file.isEmpty()) {
      throw AzureMlFailures.loadFailed(ref, whatElse(ref, place));
    }
    return describe(ref, created, file.get());
  }

  private ArtifactDescriptor describe(ModelRef ref, Instant created, ByteBuffer bytes) {
    if (bytes.remaining() > limitBytes) {
      throw AzureMlFailures.loadFailed(
          ref, "its file has more than the " + limitBytes + " bytes that are read");
    }
    return new ArtifactDescriptor(
        ref, ArtifactDigest.of(bytes), bytes.remaining(), FORMAT, created);
  }

  private String whatElse(ModelRef ref, ArtifactLocation.Blob place) {
    String name = place.path().substring(place.path().lastIndexOf('/') + 1);
    return files
        .read(ref, place, HEAD)
        .map(
            head ->
                ForeignFormat.of(head, name)
                    .orElse(
                        "its file does not end in .onnx; for another format set the tags sha256,"
                            + " size and format (docs/stores.md)"))
        .orElse("there is neither MLmodel nor " + FILE + " where its model URI leads");
  }

  private static ByteBuffer required(ModelRef ref, Optional<ByteBuffer> file) {
    return file.orElseThrow(
        () -> AzureMlFailures.loadFailed(ref, "there is no file where its model URI leads"));
  }
}
