package io.manymodels.adapter.onnx.graph;

import io.manymodels.tensor.Datatype;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The value of an optional input when the caller leaves it out.
 *
 * @param datatype of its elements
 * @param shape its dimensions; empty for a scalar
 * @param values its elements one after the other, little-endian, {@link Datatype#bytes} each; empty
 *     for {@link Datatype#BYTES}
 * @param texts its elements when they are {@link Datatype#BYTES}, else empty
 */
public record DefaultTensor(
    Datatype datatype, List<Long> shape, ByteBuffer values, List<String> texts) {
  public DefaultTensor {
    shape = List.copyOf(shape);
    texts = List.copyOf(texts);
  }
}
