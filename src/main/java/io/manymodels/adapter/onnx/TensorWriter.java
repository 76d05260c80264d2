package io.manymodels.adapter.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import io.manymodels.adapter.onnx.graph.DefaultTensor;
import io.manymodels.tensor.CellShapes;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.InputRows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes tensors of rows, in one piece of memory that belongs to this thread: those of one call are
 * to be closed before those of the next are made. Stateless.
 */
final class TensorWriter {
  /** ONNX Runtime reads numbers of eight bytes, and several of them at once. */
  private static final int ALIGNMENT = 16;

  private TensorWriter() {}

  /** Memory for the tensors of one call. */
  static ByteBuffer memory(List<@Nullable InputRows> inputs, RowGroup group) {
    long bytes = 0;
    for (InputRows input : inputs) {
      if (input != null) {
        bytes += aligned(bytes(input, group));
      }
    }
    return ScratchBuffer.ofThisThread(bytes);
  }

  private static long bytes(InputRows input, RowGroup group) {
    return (long) input.count(group.row(0)) * group.batch() * input.input().datatype().bytes();
  }

  private static long aligned(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /**
   * The rows of the group as a tensor, made at the memory's position, which moves behind it. Throws
   * {@link io.manymodels.model.ServingException} when a value is none that the input takes.
   *
   * @param plain whether texts are made {@link PlainTexts}
   */
  static OnnxTensor tensor(
      OrtEnvironment environment, InputRows input, RowGroup group, ByteBuffer memory, boolean plain)
      throws OrtException {
    long[] shape = shape(input, group);
    if (input.input().datatype() == Datatype.BYTES) {
      String[] texts = texts(input, group);
      if (plain) {
        Arrays.setAll(texts, i -> PlainTexts.of(texts[i]));
      }
      return OnnxTensor.createTensor(environment, texts, shape);
    }
    int start = memory.position();
    for (int i = 0; i < group.batch(); i++) {
      input.write(memory, group.row(i));
    }
    ByteBuffer elements = memory.slice(start, memory.position() - start).order(memory.order());
    memory.position((int) Math.min(memory.limit(), aligned(memory.position())));
    return OnnxTensor.createTensor(environment, elements, shape, type(input.input().datatype()));
  }

  private static String[] texts(InputRows input, RowGroup group) {
    String[] texts = new String[input.count(group.row(0)) * group.batch()];
    int position = 0;
    for (int i = 0; i < group.batch(); i++) {
      position = input.write(texts, position, group.row(i));
    }
    return texts;
  }

  /** A scalar has no dimension for the row: its group is one row. */
  private static long[] shape(InputRows input, RowGroup group) {
    if (input.input().shape().isEmpty()) {
      return new long[0];
    }
    int[] shape = CellShapes.ofList(group.batch(), input.shape(group.row(0)));
    long[] wide = new long[shape.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = shape[i];
    }
    return wide;
  }

  /** The default of an optional input; to be closed by the caller. */
  static OnnxTensor tensor(OrtEnvironment environment, DefaultTensor value) throws OrtException {
    long[] shape = value.shape().stream().mapToLong(Long::longValue).toArray();
    if (value.datatype() == Datatype.BYTES) {
      return OnnxTensor.createTensor(environment, value.texts().toArray(String[]::new), shape);
    }
    ByteBuffer elements =
        ByteBuffer.allocateDirect(value.values().remaining()).order(ByteOrder.nativeOrder());
    elements.put(value.values().duplicate()).flip();
    return OnnxTensor.createTensor(environment, elements, shape, type(value.datatype()));
  }

  /**
   * The type by which ONNX Runtime for Java takes elements of this datatype. It has no unsigned
   * ones of more than 8 bits: {@link io.manymodels.adapter.onnx.graph.ServedGraph} has the session
   * take signed ones with the same bits.
   */
  static OnnxJavaType type(Datatype datatype) {
    return switch (datatype) {
      case BOOL -> OnnxJavaType.BOOL;
      case INT8 -> OnnxJavaType.INT8;
      case UINT8 -> OnnxJavaType.UINT8;
      case INT16, UINT16 -> OnnxJavaType.INT16;
      case INT32, UINT32 -> OnnxJavaType.INT32;
      case INT64, UINT64 -> OnnxJavaType.INT64;
      case FP16 -> OnnxJavaType.FLOAT16;
      case BF16 -> OnnxJavaType.BFLOAT16;
      case FP32 -> OnnxJavaType.FLOAT;
      case FP64 -> OnnxJavaType.DOUBLE;
      case BYTES -> OnnxJavaType.STRING;
    };
  }
}
