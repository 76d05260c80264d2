package io.manymodels.inference;

import io.manymodels.artifact.ArtifactDescriptor;
import java.nio.ByteBuffer;

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
   * Loads a model from bytes whose digest was checked before. The caller closes the model.
   *
   * @throws io.manymodels.model.ServingException {@code LOAD_FAILED} when the bytes are not a model
   *     that can be served: not of the format, an unsupported operator, an input that is not a
   *     matrix of numbers. The message names the reason and no path.
   */
  LoadedModel load(ArtifactDescriptor artifact, ByteBuffer bytes);
}
