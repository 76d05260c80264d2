package io.manymodels.protocol.v2;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.Encoding;
import io.manymodels.tensor.HalfPrecision;
import io.manymodels.tensor.SomeNames;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Elements as bytes, row-major and little-endian: a boolean is one byte, a text its length in four
 * bytes and its UTF-8. The same in binary tensors over HTTP and in raw contents over gRPC.
 * Stateless.
 */
public final class TensorBytes {

  private TensorBytes() {}

  /**
   * Reads the elements of an input.
   *
   * @param bytes all remaining ones are the input's; its position moves
   * @throws ServingException {@code INVALID_INPUT} when they are not as many as the declared shape
   *     and datatype need, or hold what the datatype has not
   */
  public static Cells read(TensorHead head, ByteBuffer bytes) {
    ByteBuffer in = bytes.order(ByteOrder.LITTLE_ENDIAN);
    if (head.datatype() == Datatype.BYTES) {
      return TextBytes.read(head, in);
    }
    int elements = head.elements();
    long needed = (long) elements * head.datatype().bytes();
    if (needed != in.remaining()) {
      throw V2Faults.ofInput(
          head.name(),
          elements
              + " elements of "
              + head.datatype()
              + " are "
              + needed
              + " bytes, got "
              + in.remaining());
    }
    return switch (head.datatype()) {
      case FP32 -> {
        float[] numbers = new float[elements];
        in.asFloatBuffer().get(numbers);
        yield new Cells.Floats(numbers);
      }
      case FP64 -> {
        double[] numbers = new double[elements];
        in.asDoubleBuffer().get(numbers);
        yield new Cells.Doubles(numbers);
      }
      case FP16, BF16 -> new Cells.Floats(halves(head, in));
      case BOOL -> new Cells.Truths(truths(head, in));
      case UINT64 -> unsigned(longs(head, in));
      default -> new Cells.Longs(longs(head, in));
    };
  }

  private static float[] halves(TensorHead head, ByteBuffer in) {
    float[] numbers = new float[head.elements()];
    for (int i = 0; i < numbers.length; i++) {
      short bits = in.getShort();
      numbers[i] =
          head.datatype() == Datatype.FP16
              ? HalfPrecision.number(bits)
              : HalfPrecision.numberOfBrain(bits);
    }
    return numbers;
  }

  private static boolean[] truths(TensorHead head, ByteBuffer in) {
    boolean[] truths = new boolean[head.elements()];
    for (int i = 0; i < truths.length; i++) {
      byte truth = in.get();
      if (truth != 0 && truth != 1) {
        throw V2Faults.ofInput(head.name(), "a boolean is a byte of 0 or 1, got " + (truth & 0xff));
      }
      truths[i] = truth == 1;
    }
    return truths;
  }

  private static long[] longs(TensorHead head, ByteBuffer in) {
    long[] numbers = new long[head.elements()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] =
          switch (head.datatype()) {
            case INT8 -> in.get();
            case UINT8 -> in.get() & 0xff;
            case INT16 -> in.getShort();
            case UINT16 -> in.getShort() & 0xffff;
            case INT32 -> in.getInt();
            case UINT32 -> in.getInt() & 0xffff_ffffL;
            default -> in.getLong();
          };
    }
    return numbers;
  }

  /** Whole numbers from these bits, which are unsigned. */
  public static Cells unsigned(long[] bits) {
    byte[] kinds = new byte[bits.length];
    boolean all = true;
    for (int i = 0; i < bits.length; i++) {
      boolean fits = bits[i] >= 0;
      all &= fits;
      kinds[i] = (fits ? Cells.Kind.WHOLE : Cells.Kind.UNSIGNED).code();
    }
    return all ? new Cells.Longs(bits) : new Cells.Mixed(kinds, bits, new String[0]);
  }

  /** Bytes that {@link #write} writes. */
  public static int size(OutputTensor output) {
    return output.datatype() == Datatype.BYTES
        ? TextBytes.size(output)
        : Math.multiplyExact(output.cells().size(), output.datatype().bytes());
  }

  /**
   * Appends the elements of an output, whatever the byte order of the buffer is.
   *
   * @throws ServingException {@code LOAD_FAILED} when the model answered what is none of the
   *     datatype that it declares
   */
  public static void write(OutputTensor output, ByteBuffer target) {
    ByteBuffer out = target.order(ByteOrder.LITTLE_ENDIAN);
    if (output.datatype() == Datatype.BYTES) {
      TextBytes.write(output, out);
      return;
    }
    Cells cells = output.cells();
    if (Encoding.putAll(out, output.datatype(), cells, 0, cells.size())) {
      return;
    }
    for (int i = 0; i < cells.size(); i++) {
      if (Encoding.put(out, output.datatype(), cells, i) != Encoding.Fit.FITS) {
        throw unfit(output);
      }
    }
  }

  static ServingException unfit(OutputTensor output) {
    return new ServingException(
        ErrorCode.LOAD_FAILED,
        "the model's output "
            + SomeNames.quoted(output.name())
            + " is declared as "
            + output.datatype()
            + ", but its values are none of that");
  }
}
