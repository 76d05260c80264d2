package io.manymodels.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.tensor.Cells.Kind;
import io.manymodels.tensor.OutputValue.ByClass;
import io.manymodels.tensor.OutputValue.Entries;
import io.manymodels.tensor.OutputValue.Sequence;
import io.manymodels.tensor.OutputValue.Tensor;
import io.manymodels.testing.Values;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StackTest {
  private static final Cells KEYS = new Cells.Longs(new long[] {3, 4});

  static List<Cells> sixOfEachKind() {
    return List.of(
        new Cells.Longs(new long[] {1, 2, 3, 4, 5, 6}),
        new Cells.Floats(new float[] {1, 2, 3, Float.NaN, 5, 6}),
        new Cells.Doubles(new double[] {1, 2, 3, 4, 5, Double.POSITIVE_INFINITY}),
        new Cells.Truths(new boolean[] {true, false, false, true, true, false}),
        new Cells.Texts(new String[] {"a", "", "c", "d", "e", "f"}));
  }

  private static void assertSame(OutputValue actual, OutputValue expected) {
    assertThat(Values.parts(actual)).isEqualTo(Values.parts(expected));
  }

  private static List<OutputValue> rows(OutputValue value, int batch) {
    return IntStream.range(0, batch).mapToObj(row -> Stack.row(value, row, batch)).toList();
  }

  @ParameterizedTest
  @MethodSource("sixOfEachKind")
  void aTensorOfAnyKindIsTheStackOfItsRows(Cells cells) {
    for (int[] shape : new int[][] {{6}, {3, 2}, {2, 3}, {6, 1}, {3, 1, 2}, {1, 6}}) {
      Tensor whole = new Tensor(cells, shape);
      List<OutputValue> rows = rows(whole, shape[0]);
      assertThat(((Tensor) rows.get(0)).shape()).hasSize(shape.length - 1);
      assertSame(Stack.of(rows), whole);
    }
  }

  @Test
  void aRowIsItsPartOfTheCells() {
    Tensor whole = new Tensor(new Cells.Longs(new long[] {1, 2, 3, 4, 5, 6}), new int[] {3, 2});
    assertSame(
        Stack.row(whole, 1, 3), new Tensor(new Cells.Longs(new long[] {3, 4}), new int[] {2}));
  }

  @Test
  void valuesOfDifferentKindsStayApart() {
    Cells mixed =
        new Cells.Mixed(
            new byte[] {Kind.UNSIGNED.code(), Kind.TEXT.code()},
            new long[] {-1, 0},
            new String[] {"", "x"});
    List<OutputValue> rows = rows(new Tensor(mixed, new int[] {2}), 2);
    assertThat(((Tensor) rows.get(1)).cells().kind(0)).isEqualTo(Kind.TEXT);
    assertThat(Stack.of(rows)).isEqualTo(new Sequence(rows));
  }

  @Test
  void rowsThatAreNotAlikeAreAList() {
    Tensor two = new Tensor(new Cells.Longs(new long[] {1, 2}), new int[] {2});
    Tensor one = new Tensor(new Cells.Longs(new long[] {3}), new int[] {1});
    Tensor other = new Tensor(new Cells.Doubles(new double[] {3, 4}), new int[] {2});
    assertThat(Stack.of(List.of(two, one))).isEqualTo(new Sequence(List.of(two, one)));
    assertThat(Stack.of(List.of(two, other))).isEqualTo(new Sequence(List.of(two, other)));
  }

  @Test
  void mapsAndSequencesHaveAnEntryARow() {
    Cells values = new Cells.Floats(new float[] {1, 2, 3, 4});
    ByClass maps = new ByClass(KEYS, values);
    Entries second = new Entries(KEYS, new Cells.Floats(new float[] {3, 4}));
    assertSame(Stack.row(maps, 1, 2), second);
    assertSame(Stack.of(List.of(second, second)), new Sequence(List.of(second, second)));
    assertThat(Stack.row(new Sequence(List.of(maps, second)), 1, 2)).isSameAs(second);
  }

  @Test
  void whatHasNoEntryForEachRowCannotBeTakenApart() {
    Tensor labels = new Tensor(new Cells.Longs(new long[6]), new int[] {2, 3});
    for (OutputValue value :
        List.of(
            labels,
            new Tensor(new Cells.Longs(new long[1]), new int[0]),
            new ByClass(KEYS, new Cells.Longs(new long[4])),
            new Entries(KEYS, new Cells.Longs(new long[2])),
            new Sequence(List.of(labels)))) {
      assertThatIllegalArgumentException().isThrownBy(() -> Stack.row(value, 0, 3));
    }
    assertThat(Stack.row(labels, 0, 1)).as("stands for the only row").isSameAs(labels);
  }
}
