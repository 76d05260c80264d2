package io.manymodels.adapter.onnx;

import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Cells.Kind;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.OutputValue;
import io.manymodels.tensor.OutputValue.Tensor;
import java.util.Arrays;

/**
 * Unsigned numbers of more than 8 bits, which ONNX Runtime for Java does not have: {@link
 * io.manymodels.adapter.onnx.graph.ServedGraph} has the session answer signed ones with the same
 * bits. Stateless.
 */
final class UnsignedOutputs {
  private static final int MASK_16 = 0xffff;
  private static final long MASK_32 = 0xffff_ffffL;

  private UnsignedOutputs() {}

  /** Whether a value of this datatype comes with a sign. */
  static boolean has(Datatype datatype) {
    return datatype == Datatype.UINT16
        || datatype == Datatype.UINT32
        || datatype == Datatype.UINT64;
  }

  /** The value as its datatype has it. */
  static OutputValue of(OutputValue value, Datatype datatype) {
    if (!(value instanceof Tensor tensor) || !(tensor.cells() instanceof Cells.Longs longs)) {
      return value;
    }
    return switch (datatype) {
      case UINT16 -> new Tensor(masked(longs, MASK_16), tensor.shape());
      case UINT32 -> new Tensor(masked(longs, MASK_32), tensor.shape());
      case UINT64 -> new Tensor(unsigned(longs), tensor.shape());
      default -> value;
    };
  }

  private static Cells masked(Cells.Longs longs, long mask) {
    return new Cells.Longs(Arrays.stream(longs.values()).map(number -> number & mask).toArray());
  }

  private static Cells unsigned(Cells.Longs longs) {
    byte[] kinds = new byte[longs.size()];
    for (int i = 0; i < kinds.length; i++) {
      kinds[i] = (longs.values()[i] < 0 ? Kind.UNSIGNED : Kind.WHOLE).code();
    }
    return new Cells.Mixed(kinds, longs.values(), new String[0]);
  }
}
