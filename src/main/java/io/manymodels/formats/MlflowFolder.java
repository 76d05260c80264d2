package io.manymodels.formats;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.json.ExampleJson;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Naming;
import io.manymodels.tensor.Usage;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The folder of an MLflow model that lies in a registry, as a version of a tenant's model. Only
 * with the flavour {@code onnx}, whose file holds its weights itself. Thread-safe as its reader is.
 */
public final class MlflowFolder {
  private static final System.Logger LOG = System.getLogger(MlflowFolder.class.getName());
  private static final String FORMAT = "onnx";

  private final ModelRef ref;
  private final Reader reader;
  private final MlflowModel model;

  private MlflowFolder(ModelRef ref, Reader reader, MlflowModel model) {
    this.ref = ref;
    this.reader = reader;
    this.model = model;
  }

  /** Reads files of the folder. */
  @FunctionalInterface
  public interface Reader {
    /**
     * A file, if there is one.
     *
     * @param name relative to the folder
     * @param limitBytes the most that are wanted; of a file that is larger, more are given
     */
    Optional<ByteBuffer> read(String name, long limitBytes);
  }

  /**
   * The folder; empty when it is none of MLflow's.
   *
   * @throws ServingException {@code LOAD_FAILED} when its description is broken
   */
  public static Optional<MlflowFolder> in(ModelRef ref, Reader reader) {
    Optional<ByteBuffer> description = reader.read(MlflowModel.FILE, MlflowModel.MAX_BYTES);
    try {
      return description.map(text -> new MlflowFolder(ref, reader, MlflowModel.parse(text)));
    } catch (IllegalArgumentException e) {
      throw failed(ref, String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * The artifact, of which digest, size and use are found out by reading it.
   *
   * @param otherwise when it was created, if its description does not say so
   * @param limitBytes the most that it may have
   * @throws ServingException {@code LOAD_FAILED} when there is none, or a larger one
   */
  public ArtifactDescriptor describe(Instant otherwise, long limitBytes) {
    ByteBuffer bytes = artifact(limitBytes);
    if (bytes.remaining() > limitBytes) {
      throw failed(ref, "its file has more than the " + limitBytes + " bytes that are read", null);
    }
    return new ArtifactDescriptor(
        ref,
        ArtifactDigest.of(bytes),
        bytes.remaining(),
        FORMAT,
        model.created().orElse(otherwise),
        usage());
  }

  /** The bytes of the artifact. Throws as {@link #describe}. */
  public ByteBuffer artifact(long limitBytes) {
    String file = artifactFile();
    return reader
        .read(file, limitBytes)
        .orElseThrow(() -> failed(ref, "its MLflow folder has no file " + file, null));
  }

  /** The name of the artifact's file. Throws {@code LOAD_FAILED} when there is no ONNX model. */
  public String artifactFile() {
    try {
      return model.requireOnnx("FOLDER");
    } catch (IllegalArgumentException e) {
      throw failed(ref, String.valueOf(e.getMessage()), e);
    }
  }

  private Usage usage() {
    Naming names = Naming.suggesting(model.columns());
    try {
      Optional<ExampleJson> example =
          model
              .exampleFile()
              .flatMap(file -> reader.read(file, ExampleJson.MAX_FILE_BYTES))
              .map(text -> ExampleJson.read(UTF_8.decode(text.duplicate()).toString()));
      return new Usage(
          Optional.empty(),
          example.map(rows -> names.orSuggesting(rows.columns())).orElse(names),
          example.map(ExampleJson::rows),
          example.map(ExampleJson::text).orElse(""));
    } catch (IllegalArgumentException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0}: its input example is not used: {1}",
          ref,
          e.getMessage());
      return new Usage(Optional.empty(), names, Optional.empty(), "");
    }
  }

  private static ServingException failed(ModelRef ref, String why, @Nullable Exception cause) {
    String message = ref + ": " + why;
    return cause == null
        ? new ServingException(ErrorCode.LOAD_FAILED, message)
        : new ServingException(ErrorCode.LOAD_FAILED, message, cause);
  }
}
