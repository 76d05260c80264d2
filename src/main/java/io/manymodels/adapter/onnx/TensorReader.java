package io.manymodels.adapter.onnx;

import ai.onnxruntime.OnnxMap;
import ai.onnxruntime.OnnxSequence;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.OutputValue;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Reads what a model answered. Stateless. */
final class TensorReader {
  private TensorReader() {}

  /** Throws {@link IllegalArgumentException} when it is of a type that cannot be read. */
  static OutputValue read(OnnxValue value) throws OrtException {
    if (value instanceof OnnxTensor tensor) {
      return new OutputValue.Tensor(cells(tensor), shape(tensor));
    }
    if (value instanceof OnnxSequence sequence) {
      return read(sequence);
    }
    if (value instanceof OnnxMap map) {
      return read(map);
    }
    throw new IllegalArgumentException("a value of the type " + value.getType());
  }

  private static int[] shape(OnnxTensor tensor) {
    long[] declared = tensor.getInfo().getShape();
    int[] shape = new int[declared.length];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = Math.toIntExact(declared[i]);
    }
    return shape;
  }

  private static Cells cells(OnnxTensor tensor) throws OrtException {
    return switch (tensor.getInfo().type) {
      case FLOAT, FLOAT16, BFLOAT16 -> new Cells.Floats(floats(tensor.getFloatBuffer()));
      case DOUBLE -> new Cells.Doubles(tensor.getDoubleBuffer().array());
      case INT64 -> new Cells.Longs(tensor.getLongBuffer().array());
      case INT32 -> new Cells.Longs(widened(tensor.getIntBuffer()));
      case INT16 -> new Cells.Longs(widened(tensor.getShortBuffer()));
      case INT8 -> new Cells.Longs(widened(tensor.getByteBuffer(), ~0));
      case UINT8 -> new Cells.Longs(widened(tensor.getByteBuffer(), 0xff));
      case BOOL -> new Cells.Truths(truths(tensor.getByteBuffer()));
      case STRING -> new Cells.Texts(texts(tensor));
      case UNKNOWN ->
          throw new IllegalArgumentException("a tensor of " + tensor.getInfo().onnxType);
    };
  }

  /** Of half precision it is a buffer without an array. */
  private static float[] floats(FloatBuffer buffer) {
    if (buffer.hasArray()) {
      return buffer.array();
    }
    float[] numbers = new float[buffer.remaining()];
    buffer.get(numbers);
    return numbers;
  }

  private static long[] widened(IntBuffer ints) {
    return Arrays.stream(ints.array()).asLongStream().toArray();
  }

  private static long[] widened(ShortBuffer shorts) {
    long[] numbers = new long[shorts.remaining()];
    Arrays.setAll(numbers, shorts::get);
    return numbers;
  }

  private static long[] widened(ByteBuffer bytes, int mask) {
    long[] numbers = new long[bytes.remaining()];
    Arrays.setAll(numbers, i -> bytes.get(i) & mask);
    return numbers;
  }

  private static boolean[] truths(ByteBuffer bytes) {
    boolean[] truths = new boolean[bytes.remaining()];
    for (int i = 0; i < truths.length; i++) {
      truths[i] = bytes.get(i) != 0;
    }
    return truths;
  }

  private static String[] texts(OnnxTensor tensor) throws OrtException {
    List<String> texts = new ArrayList<>();
    collect(tensor.getValue(), texts);
    return texts.toArray(String[]::new);
  }

  /** The texts of nested arrays, as ONNX Runtime for Java gives a tensor of texts. */
  private static void collect(Object value, List<String> texts) {
    if (value instanceof Object[] values) {
      for (Object each : values) {
        collect(each, texts);
      }
    } else {
      texts.add((String) value);
    }
  }

  private static OutputValue read(OnnxSequence sequence) throws OrtException {
    List<OutputValue> values = new ArrayList<>();
    for (OnnxValue each : sequence.getValue()) {
      try (each) {
        values.add(read(each));
      }
    }
    return new OutputValue.Sequence(values);
  }

  private static OutputValue read(OnnxMap map) throws OrtException {
    Map<?, ?> entries = map.getValue();
    return new OutputValue.Entries(
        cells(entries.keySet().toArray()), cells(entries.values().toArray()));
  }

  private static Cells cells(Object[] values) {
    if (values.length > 0 && values[0] instanceof String) {
      return new Cells.Texts(Arrays.copyOf(values, values.length, String[].class));
    }
    if (values.length > 0 && values[0] instanceof Long) {
      return new Cells.Longs(Arrays.stream(values).mapToLong(each -> (Long) each).toArray());
    }
    if (values.length > 0 && values[0] instanceof Float) {
      float[] numbers = new float[values.length];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (Float) values[i];
      }
      return new Cells.Floats(numbers);
    }
    return new Cells.Doubles(
        Arrays.stream(values).mapToDouble(each -> ((Number) each).doubleValue()).toArray());
  }
}
