package io.manymodels.adapter.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.manymodels.inference.FeatureRows;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The matrix that a model takes.
 *
 * @param name in the graph
 * @param type of its elements
 * @param width numbers a row; 0 when any
 * @param fixedRows rows a call; 0 when any
 */
record OnnxInput(String name, NumberType type, int width, int fixedRows) {

  /** Throws {@code LOAD_FAILED} unless the model takes exactly one matrix of numbers. */
  static OnnxInput of(ModelRef ref, OrtSession session) throws OrtException {
    if (session.getNumInputs() != 1) {
      throw unfit(ref, "takes " + session.getNumInputs() + " inputs, not one matrix of numbers");
    }
    NodeInfo node = session.getInputInfo().values().iterator().next();
    if (!(node.getInfo() instanceof TensorInfo tensor)) {
      throw unfit(ref, "takes no tensor but " + node.getInfo().getClass().getSimpleName());
    }
    NumberType type =
        NumberType.of(tensor.type)
            .orElseThrow(() -> unfit(ref, "takes a tensor of " + tensor.type + ", not of numbers"));
    long[] shape = tensor.getShape();
    if (shape.length != 2 || shape[0] == 0 || shape[1] == 0) {
      throw unfit(ref, "takes a tensor of " + shape.length + " dimensions, not rows of numbers");
    }
    return new OnnxInput(node.getName(), type, dimension(ref, shape[1]), dimension(ref, shape[0]));
  }

  /** Throws {@code INPUT_MISMATCH} unless the rows have the shape that the model takes. */
  void check(ModelRef ref, FeatureRows rows) {
    if (width != 0 && rows.width() != width) {
      throw mismatch(
          ref, "/data/0", "expected " + count(width, "number") + ", got " + rows.width());
    }
    if (fixedRows != 0 && rows.rowCount() != fixedRows) {
      throw mismatch(
          ref, "/data", "expected " + count(fixedRows, "row") + ", got " + rows.rowCount());
    }
  }

  /**
   * The rows as a tensor on this thread's scratch buffer: to be closed before the next one is made.
   * Throws {@code INPUT_MISMATCH} when a number does not fit the model's type.
   */
  OnnxTensor tensor(OrtEnvironment environment, ModelRef ref, FeatureRows rows)
      throws OrtException {
    double[] values = rows.values();
    ByteBuffer target = ScratchBuffer.ofThisThread((long) values.length * type.bytes());
    for (int i = 0; i < values.length; i++) {
      if (!type.put(target, values[i])) {
        throw mismatch(
            ref,
            "/data/" + i / rows.width() + "/" + i % rows.width(),
            "expected " + type.description() + ", got " + values[i]);
      }
    }
    long[] shape = {rows.rowCount(), rows.width()};
    return OnnxTensor.createTensor(environment, target.flip(), shape, type.type());
  }

  private static int dimension(ModelRef ref, long declared) {
    if (declared > Integer.MAX_VALUE) {
      throw unfit(ref, "takes a matrix with a side of " + declared);
    }
    return (int) Math.max(0, declared);
  }

  private static String count(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  private static ServingException mismatch(ModelRef ref, String pointer, String detail) {
    return new ServingException(
        ErrorCode.INPUT_MISMATCH,
        "the model of " + ref.tenant() + " does not take these rows: " + detail,
        List.of(new Violation(pointer, detail)));
  }

  private static ServingException unfit(ModelRef ref, String what) {
    return new ServingException(ErrorCode.LOAD_FAILED, ref + ": the model " + what);
  }
}
