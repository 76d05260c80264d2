package io.manymodels.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamingTest {
  private static final Signature MIXED =
      new Signature(
          List.of(
              new ModelInput("plan", Datatype.BYTES, List.of(-1L, 1L)),
              new ModelInput("features", Datatype.FP32, List.of(-1L, 2L)),
              new ModelInput("image", Datatype.UINT8, List.of(-1L, 3L, 4L))),
          List.of(new ModelOutput("label", Datatype.INT64, List.of(-1L))));

  private static Naming columns(String input, String... names) {
    return new Naming(Map.of(input, List.of(names)), List.of(), Map.of());
  }

  private static Naming missing(String column, String text) {
    return new Naming(Map.of(), List.of(), Map.of(column, text));
  }

  private static List<String> names(Naming naming, Signature signature) {
    return naming.on(signature).inputs().stream()
        .flatMap(input -> input.columnNames().stream())
        .toList();
  }

  @Test
  void theOnlyMatrixNeedsNoName() {
    List<String> named = List.of("plan", "seats", "hours", "image");
    assertThat(names(columns(Naming.ONLY_MATRIX, "seats", "hours"), MIXED)).isEqualTo(named);
    assertThat(names(columns("features", "seats", "hours"), MIXED)).isEqualTo(named);
    assertThat(Naming.of(columns("features", "seats", "hours").on(MIXED)).on(MIXED))
        .isEqualTo(columns("features", "seats", "hours").on(MIXED));
    assertThat(Naming.NONE.on(MIXED)).isSameAs(MIXED);
  }

  @Test
  void suggestedNamesAreTakenWhereTheyFit() {
    assertThat(names(Naming.suggesting(List.of("hours", "plan", "image", "seats")), MIXED))
        .containsExactly("plan", "hours", "seats", "image");
    for (List<String> other :
        List.of(List.of("a", "b", "c"), List.of("a", "a"), List.of("plan", "features"))) {
      assertThat(Naming.suggesting(other).on(MIXED)).isEqualTo(MIXED);
    }
    Signature anyWidth =
        new Signature(
            List.of(new ModelInput("x", Datatype.FP32, List.of(-1L, -1L))), MIXED.outputs());
    assertThat(names(Naming.suggesting(List.of("a", "b", "c")), anyWidth))
        .containsExactly("a", "b", "c");
    assertThat(
            columns("features", "a", "b").orSuggesting(List.of("c", "d")).on(MIXED).inputs().get(1))
        .extracting(ModelInput::columns)
        .isEqualTo(List.of("a", "b"));
  }

  @Test
  void whatTheModelDoesNotHaveIsNamedWithWhatItHas() {
    assertRefused(columns("feature", "a", "b"), "no input 'feature'; it takes 'plan', 'features'");
    assertRefused(columns("features", "a"), "'features' takes 2 columns, not 1");
    assertRefused(columns("features", "a", "a"), "names a column twice");
    assertRefused(columns("features", "plan", "a"), "two inputs have a column 'plan'");
    assertRefused(columns("image", "a", "b"), "'image' has 3 dimensions");
    assertRefused(missing("seats", "0"), "no column 'seats'; its columns are 'features', 'image'");
    Signature two =
        new Signature(
            List.of(
                new ModelInput("a", Datatype.FP32, List.of(-1L, 2L)),
                new ModelInput("b", Datatype.FP32, List.of(-1L, 3L))),
            MIXED.outputs());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> columns(Naming.ONLY_MATRIX, "x", "y").on(two))
        .withMessageContaining("name each, as a=a,b,c");
  }

  @Test
  void aSubstituteStandsInEachInputThatHasTheColumn() {
    Signature named = missing("plan", "").on(MIXED);
    assertThat(named.inputs().get(0).missing()).isEqualTo(Map.of("plan", ""));
    assertThat(named.inputs().get(1).missing()).isEmpty();
    assertRefused(missing("features", "0"), "takes null as it is");
  }

  @ParameterizedTest
  @CsvSource({
    "INT8, 127, true",
    "INT8, -128, true",
    "INT8, 128, false",
    "INT8, 1.0, false",
    "INT8, 01, false",
    "UINT8, 255, true",
    "UINT8, -1, false",
    "INT64, 9223372036854775807, true",
    "INT64, 9223372036854775808, false",
    "UINT64, 18446744073709551615, true",
    "UINT64, 18446744073709551616, false",
    "BOOL, true, true",
    "BOOL, 1, false",
    "BYTES, anything, true",
    "FP32, 0, false"
  })
  void aSubstituteIsOfTheColumnsType(Datatype type, String text, boolean taken) {
    Signature one =
        new Signature(List.of(new ModelInput("x", type, List.of(-1L))), MIXED.outputs());
    if (taken) {
      assertThat(missing("x", text).on(one).inputs().get(0).missing()).containsValue(text);
    } else {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> missing("x", text).on(one))
          .withMessageContaining("column 'x' takes");
    }
  }

  private static void assertRefused(Naming naming, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> naming.on(MIXED))
        .withMessageContaining(why)
        .withMessageNotContaining("\n");
  }
}
