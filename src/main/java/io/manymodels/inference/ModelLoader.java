package io.manymodels.inference;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ModelRef;
import io.manymodels.tensor.Signature;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Turns artifacts of one format into loaded models; found by ServiceLoader. Its constructor throws
 * {@link LoaderUnavailableException} where it cannot work: the process that needs it then does not
 * start. Thread-safe.
 */
public interface ModelLoader {

  /** The {@link ArtifactDescriptor#format()} this loader takes, as {@code onnx}. */
  String format();

  /**
   * The memory that {@link #load} will take; a replica that has not so much refuses the model
   * instead of dying of it. Without a say of the loader it is four times the artifact, on the heap.
   *
   * @throws io.manymodels.model.ServingException {@code LOAD_FAILED} when the bytes are not a model
   */
  default MemoryNeed memory(ArtifactDescriptor artifact, ByteBuffer bytes) {
    return MemoryNeed.ofObjects(bytes.remaining());
  }

  /**
   * What the model takes and answers, read from the bytes without loading them; empty when only a
   * load can tell.
   *
   * @throws io.manymodels.model.ServingException {@code LOAD_FAILED} when the bytes are not a model
   */
  default Optional<Signature> signature(ModelRef ref, ByteBuffer bytes) {
    return Optional.empty();
  }

  /** The files that lie beside a model's file. */
  interface OtherFiles {
    /**
     * The content of one.
     *
     * @param name relative, as the model's file has it
     * @throws io.manymodels.model.ServingException {@code LOAD_FAILED} when there is no such file
     *     beside the model's
     */
    ByteBuffer read(String name);
  }

  /**
   * One artifact that stands alone, of a model's file that may name others: the same bytes when it
   * names none. For publishing; a replica has no other files.
   *
   * @throws io.manymodels.model.ServingException {@code LOAD_FAILED} when the bytes are not a
   *     model, or too large in one piece
   */
  default ByteBuffer packed(ModelRef ref, ByteBuffer bytes, OtherFiles others) {
    return bytes;
  }

  /**
   * Loads a model from bytes whose digest was checked before. The caller closes the model.
   *
   * @throws io.manymodels.model.ServingException {@code LOAD_FAILED} when the bytes are not a model
   *     that can be served: not of the format, an unsupported operator, an input that is not a
   *     matrix of numbers. The message names the reason and no path.
   */
  LoadedModel load(ArtifactDescriptor artifact, ByteBuffer bytes);
}
