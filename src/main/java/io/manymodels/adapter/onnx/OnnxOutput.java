package io.manymodels.adapter.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.manymodels.inference.Prediction;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The first output of a model, the only one that is computed: a label or number a row ({@code [n]}
 * or {@code [n,1]}), or a list of them a row ({@code [n,k]}).
 */
record OnnxOutput(String name) {
  private static final Set<OnnxJavaType> TYPES =
      EnumSet.of(
          OnnxJavaType.INT64,
          OnnxJavaType.INT32,
          OnnxJavaType.BOOL,
          OnnxJavaType.FLOAT,
          OnnxJavaType.DOUBLE,
          OnnxJavaType.STRING);

  /** Throws {@code LOAD_FAILED} when what the model declares cannot be answered to a client. */
  static OnnxOutput of(ModelRef ref, OrtSession session) throws OrtException {
    if (session.getNumOutputs() == 0) {
      throw unfit(ref, "missing");
    }
    NodeInfo node = session.getOutputInfo().values().iterator().next();
    if (!(node.getInfo() instanceof TensorInfo tensor)) {
      throw unfit(ref, "a list or map (with scikit-learn's converter: set zipmap to False)");
    }
    checkType(ref, tensor);
    if (tensor.getShape().length > 2) {
      throw unfit(ref, "a tensor of " + tensor.getShape().length + " dimensions");
    }
    return new OnnxOutput(node.getName());
  }

  /** Throws {@code LOAD_FAILED} when the model answered something else than one entry a row. */
  Prediction read(ModelRef ref, OnnxValue value, int rowCount) throws OrtException {
    if (!(value instanceof OnnxTensor tensor)) {
      throw unfit(ref, "a list or map");
    }
    long[] shape = tensor.getInfo().getShape();
    if (shape.length < 1 || shape.length > 2 || shape[0] != rowCount) {
      throw unfit(ref, "a tensor of shape " + Arrays.toString(shape) + " to " + rowCount + " rows");
    }
    int columns = shape.length == 1 ? 1 : Math.toIntExact(shape[1]);
    if (columns < 1) {
      throw unfit(ref, "rows without entries");
    }
    checkType(ref, tensor.getInfo());
    return entries(tensor, columns);
  }

  private static Prediction entries(OnnxTensor tensor, int columns) throws OrtException {
    return switch (tensor.getInfo().type) {
      case FLOAT -> new Prediction.Floats(tensor.getFloatBuffer().array(), columns);
      case DOUBLE -> new Prediction.Doubles(tensor.getDoubleBuffer().array(), columns);
      case INT64 -> new Prediction.Integers(tensor.getLongBuffer().array(), columns);
      case INT32 -> new Prediction.Integers(widened(tensor.getIntBuffer()), columns);
      case BOOL -> new Prediction.Integers(zerosAndOnes(tensor.getByteBuffer()), columns);
      default -> new Prediction.Texts(texts(tensor.getValue()), columns);
    };
  }

  private static long[] widened(IntBuffer ints) {
    return Arrays.stream(ints.array()).asLongStream().toArray();
  }

  private static long[] zerosAndOnes(ByteBuffer bools) {
    long[] numbers = new long[bools.remaining()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = bools.get(i) == 0 ? 0 : 1;
    }
    return numbers;
  }

  private static List<String> texts(Object rowsOrCells) {
    return rowsOrCells instanceof String[][] rows
        ? Arrays.stream(rows).flatMap(Arrays::stream).toList()
        : List.of((String[]) rowsOrCells);
  }

  private static void checkType(ModelRef ref, TensorInfo tensor) {
    if (!TYPES.contains(tensor.type)) {
      throw unfit(ref, "a tensor of " + tensor.type);
    }
  }

  private static ServingException unfit(ModelRef ref, String what) {
    return new ServingException(
        ErrorCode.LOAD_FAILED, ref + ": the model's first output is " + what);
  }
}
