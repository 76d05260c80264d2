package io.manymodels.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Binding;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.InputRows;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.ModelOutput;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Signature;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** What must hold of rows that a fuzzer has found, whatever protocol they came by. */
public final class FuzzedRows {
  /** The limits of those who read them. */
  public static final int MAX_ROWS = 100;

  public static final int MAX_VALUES = 1_000;

  private static final Set<ErrorCode> REFUSALS =
      Set.of(ErrorCode.INVALID_INPUT, ErrorCode.PAYLOAD_TOO_LARGE, ErrorCode.INPUT_MISMATCH);

  /** Models of all kinds of inputs. */
  private static final List<Binding> BINDINGS =
      List.of(
          binding(input("x", Datatype.FP32, -1, 2)),
          binding(input("a", Datatype.BYTES, -1, 1), input("b", Datatype.INT64, -1, 1)),
          binding(input("t", Datatype.FP16, -1, -1, 2), input("a", Datatype.UINT64)),
          binding(input("b", Datatype.BOOL, -1, -1)));

  private FuzzedRows() {}

  private static ModelInput input(String name, Datatype type, long... shape) {
    return new ModelInput(name, type, Arrays.stream(shape).boxed().toList());
  }

  private static Binding binding(ModelInput... inputs) {
    ModelOutput output = new ModelOutput("out", Datatype.FP32, List.of());
    return new Binding(new Signature(List.of(inputs), List.of(output)));
  }

  /** Fails when what is refused is not the caller's fault, or nothing is said of it. */
  public static void readOrRefused(Runnable read) {
    try {
      read.run();
    } catch (ServingException e) {
      assertThat(e.code()).isIn(REFUSALS);
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  /** Fails when there are too many rows, or a model neither takes them nor refuses them. */
  public static void bindOrRefused(Rows rows) {
    assertThat(rows.count()).isBetween(1, MAX_ROWS);
    assertThat(rows.values()).isLessThanOrEqualTo(MAX_VALUES);
    for (Binding binding : BINDINGS) {
      readOrRefused(() -> write(binding, rows));
    }
  }

  private static void write(Binding binding, Rows rows) {
    for (InputRows input : binding.bind(rows)) {
      for (int row = 0; input != null && row < rows.count(); row++) {
        int count = input.count(row);
        if (input.input().datatype() == Datatype.BYTES) {
          assertThat(input.write(new String[count], 0, row)).isEqualTo(count);
        } else {
          ByteBuffer target = ByteBuffer.allocate(count * input.input().datatype().bytes());
          input.write(target, row);
          assertThat(target.hasRemaining()).isFalse();
        }
      }
    }
  }
}
