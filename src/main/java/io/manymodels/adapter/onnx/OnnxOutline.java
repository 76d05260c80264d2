package io.manymodels.adapter.onnx;

import io.manymodels.adapter.onnx.graph.OnnxProto;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.protobuf.ProtobufFields;
import java.nio.ByteBuffer;

/**
 * The parts of an ONNX file, read without loading it, and from that what its session will cost in
 * memory. ONNX Runtime cannot be asked, and the process's own figures cannot tell apart what loads
 * at the same time.
 *
 * <p>A session costs a fixed part, a part for each operator, the weights as they lie in the file,
 * and several times the bytes of the operators' attributes: decision trees are attributes, and
 * become a searchable tree beside them. The constants were fitted to the growth of a replica's
 * resident memory, what the JVM keeps for each model included, with the options of {@link
 * OnnxModelLoader}: linear models and forests of 4 to 17 kB come out within 8 %. Fit them again
 * when those change ({@code ./many-models bench loading} shows it).
 *
 * @param operators in the main graph
 * @param operatorBytes of the operators with their attributes
 * @param otherBytes of the rest of the file, which is mostly weights
 */
record OnnxOutline(int operators, long operatorBytes, long otherBytes) {
  static final long SESSION_BYTES = 28 << 10;
  static final long OPERATOR_BYTES = 4 << 10;
  static final double ATTRIBUTE_FACTOR = 6;

  /** Throws {@code LOAD_FAILED} when the bytes are no ONNX file; does not move the position. */
  static OnnxOutline of(ModelRef ref, ByteBuffer bytes) {
    try {
      int operators = 0;
      long operatorBytes = 0;
      ProtobufFields graph = new ProtobufFields(graph(bytes.slice()));
      while (graph.next()) {
        if (graph.number() == OnnxProto.GRAPH_NODE) {
          operators++;
          operatorBytes += graph.message().remaining();
        }
      }
      return new OnnxOutline(operators, operatorBytes, bytes.remaining() - operatorBytes);
    } catch (IllegalArgumentException e) {
      throw new ServingException(
          ErrorCode.LOAD_FAILED, ref + ": the artifact is not an ONNX file: " + e.getMessage(), e);
    }
  }

  /** The memory that a session made of the file will hold, in bytes. */
  long weightBytes() {
    return SESSION_BYTES
        + OPERATOR_BYTES * operators
        + Math.round(ATTRIBUTE_FACTOR * operatorBytes)
        + otherBytes;
  }

  private static ByteBuffer graph(ByteBuffer file) {
    ProtobufFields model = new ProtobufFields(file);
    while (model.next()) {
      if (model.number() == OnnxProto.MODEL_GRAPH) {
        return model.message();
      }
    }
    throw new IllegalArgumentException("it holds no graph");
  }
}
