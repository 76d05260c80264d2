package io.manymodels.routing;

import io.manymodels.tensor.CellShapes;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.OutputValue;
import io.manymodels.tensor.OutputValue.ByClass;
import io.manymodels.tensor.OutputValue.Entries;
import io.manymodels.tensor.OutputValue.Sequence;
import io.manymodels.tensor.OutputValue.Tensor;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Prediction.Named;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** {@link Prediction}s as bytes. Stateless. */
final class PredictionCodec {
  private static final byte TENSOR = 1;
  private static final byte BY_CLASS = 2;
  private static final byte ENTRIES = 3;
  private static final byte SEQUENCE = 4;
  private static final int MAX_DEPTH = 8;

  private PredictionCodec() {}

  /** Bytes that {@link #write} writes. */
  static int size(Prediction prediction) {
    int bytes = size(prediction.first()) + Integer.BYTES;
    for (Named output : prediction.outputs()) {
      bytes += FrameParts.size(output.name()) + Byte.BYTES + size(output.value());
    }
    return bytes;
  }

  private static int size(OutputValue value) {
    if (value instanceof Tensor tensor) {
      return 2 + Integer.BYTES * tensor.shape().length + CellsCodec.size(tensor.cells());
    }
    if (value instanceof ByClass byClass) {
      return 1 + CellsCodec.size(byClass.keys()) + CellsCodec.size(byClass.values());
    }
    if (value instanceof Entries entries) {
      return 1 + CellsCodec.size(entries.keys()) + CellsCodec.size(entries.values());
    }
    return 1
        + Integer.BYTES
        + ((Sequence) value).values().stream().mapToInt(PredictionCodec::size).sum();
  }

  static void write(Prediction prediction, ByteBuffer out) {
    write(prediction.first(), out);
    out.putInt(prediction.outputs().size());
    for (Named output : prediction.outputs()) {
      FrameParts.putText(out, output.name());
      out.put(output.datatype().code());
      write(output.value(), out);
    }
  }

  private static void write(OutputValue value, ByteBuffer out) {
    if (value instanceof Tensor tensor) {
      out.put(TENSOR).put((byte) tensor.shape().length);
      for (int dimension : tensor.shape()) {
        out.putInt(dimension);
      }
      CellsCodec.write(tensor.cells(), out);
    } else if (value instanceof ByClass byClass) {
      CellsCodec.write(byClass.keys(), out.put(BY_CLASS));
      CellsCodec.write(byClass.values(), out);
    } else if (value instanceof Entries entries) {
      CellsCodec.write(entries.keys(), out.put(ENTRIES));
      CellsCodec.write(entries.values(), out);
    } else if (value instanceof Sequence sequence) {
      out.put(SEQUENCE).putInt(sequence.values().size());
      sequence.values().forEach(each -> write(each, out));
    }
  }

  static Prediction read(ByteBuffer in) {
    OutputValue first = read(in, 0);
    int size = FrameParts.checked(in.getInt(), 1, in.remaining());
    List<Named> outputs = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      outputs.add(new Named(FrameParts.text(in), Datatype.of(in.get()), read(in, 0)));
    }
    return new Prediction(first, outputs);
  }

  private static OutputValue read(ByteBuffer in, int depth) {
    FrameParts.expect(depth <= MAX_DEPTH);
    return switch (in.get()) {
      case TENSOR -> tensor(in);
      case BY_CLASS -> new ByClass(CellsCodec.read(in), CellsCodec.read(in));
      case ENTRIES -> new Entries(CellsCodec.read(in), CellsCodec.read(in));
      case SEQUENCE -> {
        int size = FrameParts.checked(in.getInt(), 1, in.remaining());
        List<OutputValue> values = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
          values.add(read(in, depth + 1));
        }
        yield new Sequence(values);
      }
      default -> throw new IllegalArgumentException("unknown kind of output");
    };
  }

  private static Tensor tensor(ByteBuffer in) {
    int[] shape = new int[FrameParts.checked(in.get(), 1, in.remaining() / Integer.BYTES)];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = in.getInt();
      FrameParts.expect(shape[i] >= 0);
    }
    try {
      // Throws when the dimensions are not those of so many elements.
      int unused = CellShapes.values(shape);
      return new Tensor(CellsCodec.read(in), shape);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("a frame holds a tensor that is too large", e);
    }
  }
}
