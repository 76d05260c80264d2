package io.manymodels.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.manymodels.model.ServingException;
import io.manymodels.tensor.Rows.Form;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * DataFrames go by name where the model has names, and else by position; texts of tables as well.
 */
class FrameBindingTest {
  private static final ModelInput PAIR = input("pair", Datatype.FP64, 2);
  private static final ModelInput ONE = input("one", Datatype.FP64, 1);
  private static final ModelInput PLAN = input("plan", Datatype.BYTES, 1);

  private static ModelInput input(String name, Datatype type, long width) {
    return new ModelInput(name, type, List.of(Signature.FREE, width));
  }

  private static Rows frame(Form form, List<String> names, double... cells) {
    return new Rows(
        form,
        cells.length / names.size(),
        List.of(new Block(names, names.size(), new Cells.Doubles(cells), CellShapes.SCALARS)),
        Outputs.FIRST);
  }

  private static Rows written(List<String> names, String... cells) {
    byte[] kinds = new byte[cells.length];
    for (int i = 0; i < kinds.length; i++) {
      kinds[i] = (cells[i].isEmpty() ? Cells.Kind.MISSING : Cells.Kind.TEXT).code();
    }
    Cells mixed = new Cells.Mixed(kinds, new long[cells.length], cells);
    return new Rows(
        Form.WRITTEN,
        cells.length / names.size(),
        List.of(new Block(names, names.size(), mixed, CellShapes.SCALARS)),
        Outputs.FIRST);
  }

  private static List<String> bound(Rows rows, ModelInput... inputs) {
    ModelOutput output = new ModelOutput("out", Datatype.FP32, List.of(Signature.FREE));
    Signature signature = new Signature(List.of(inputs), List.of(output));
    List<String> bound = new ArrayList<>();
    for (@Nullable InputRows input : new Binding(signature).bind(rows)) {
      for (int row = 0; input != null && row < rows.count(); row++) {
        bound.add(input.input().name() + values(input, row));
      }
    }
    return bound;
  }

  private static String values(InputRows input, int row) {
    int count = input.count(row);
    if (input.input().datatype() == Datatype.BYTES) {
      String[] texts = new String[count];
      assertThat(input.write(texts, 0, row)).isEqualTo(count);
      return Arrays.toString(texts);
    }
    ByteBuffer bytes = ByteBuffer.allocate(count * Double.BYTES);
    input.write(bytes, row);
    double[] values = new double[count];
    bytes.flip().asDoubleBuffer().get(values);
    return Arrays.toString(values);
  }

  @ParameterizedTest
  @EnumSource(names = {"FRAME", "FRAME_RECORDS"})
  void columnsWithoutNamesAreTakenInTheirOrder(Form form) {
    assertThat(bound(frame(form, List.of("a", "b"), 1, 2, 3, 4), PAIR))
        .containsExactly("pair[1.0, 2.0]", "pair[3.0, 4.0]");
    assertThat(bound(frame(form, List.of("a"), 1, 2), ONE)).containsExactly("one[1.0]", "one[2.0]");
  }

  @ParameterizedTest
  @EnumSource(names = {"FRAME", "FRAME_RECORDS"})
  void columnsWithNamesAreTakenByThem(Form form) {
    ModelInput named = PAIR.withColumns(List.of("x", "y"));
    assertThat(bound(frame(form, List.of("y", "x"), 1, 2), named))
        .containsExactly("pair[2.0, 1.0]");
    assertThatThrownBy(() -> bound(frame(form, List.of("a", "b"), 1, 2), named))
        .isInstanceOf(ServingException.class)
        .hasMessageContaining("unknown: 'a', 'b'");
    assertThatThrownBy(() -> bound(frame(form, List.of("a", "b"), 1, 2), ONE, PAIR))
        .isInstanceOf(ServingException.class)
        .hasMessageContaining("unknown: 'a', 'b'");
  }

  @Test
  void anotherNumberOfColumnsIsRefused() {
    assertThatThrownBy(() -> bound(frame(Form.FRAME, List.of("a"), 1), PAIR))
        .isInstanceOf(ServingException.class)
        .hasMessageContaining("/data/0: expected 2 numbers, got 1");
  }

  @Test
  void whatIsWrittenIsWhatTheInputTakes() {
    assertThat(bound(written(List.of("one", "plan"), "7", "7", "", "NA"), ONE, PLAN))
        .containsExactly("one[7.0]", "one[NaN]", "plan[7]", "plan[NA]");
    assertThat(bound(written(List.of("a", "b"), "1.5", "true"), PAIR))
        .containsExactly("pair[1.5, 1.0]");
  }

  @Test
  void whatIsWrittenMayBeNoValue() {
    assertThatThrownBy(() -> bound(written(List.of("one"), "pro"), ONE))
        .isInstanceOf(ServingException.class)
        .hasMessageContaining("/data/0/0: expected a number, got a string");
    assertThatThrownBy(() -> bound(written(List.of("plan"), ""), PLAN))
        .isInstanceOf(ServingException.class)
        .hasMessageContaining("null is none");
    ModelInput substituted = PLAN.withMissing(Map.of("plan", "none"));
    assertThat(bound(written(List.of("plan"), ""), substituted)).containsExactly("plan[none]");
    ModelInput whole = new ModelInput("n", Datatype.INT64, List.of(-1L, 1L));
    assertThatThrownBy(() -> bound(written(List.of("n"), "1.5"), whole))
        .isInstanceOf(ServingException.class)
        .hasMessageContaining("expected a whole number of 64 bits");
  }
}
