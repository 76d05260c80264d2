package io.manymodels.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.json.RowsJson;
import io.manymodels.tensor.Rows.Form;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RowsTest {
  private static final List<String> ALL_DIFFERENT =
      List.of(
          "'data': [[1, 2]]",
          "'data': [[2, 1]]",
          "'data': [[1], [2]]",
          "'data': [1, 2]",
          "'data': [[1, 2, 0]]",
          "'data': [[[1, 2]]]",
          "'data': [[[1], [2]]]",
          "'data': [[[1]], [[2]]]",
          "'data': [[[[1, 2]]]]",
          "'data': [[1], [2, 3]]",
          "'data': [[1, 2], [3]]",
          "'data': [[], [1, 2, 3]]",
          "'data': [[1, null]]",
          "'data': [[1, true]]",
          "'data': [[1, false]]",
          "'data': [[1, '2']]",
          "'data': [[1, '']]",
          "'data': [['1', 2]]",
          "'data': [['', '1']]",
          "'data': [['1', '']]",
          "'data': [[1, 9007199254740992]]",
          "'data': [[1, 9007199254740993]]",
          "'data': [[1, 18446744073709551615]]",
          "'data': [[1, -9007199254740993]]",
          "'data': [[0.0, 2]]",
          "'data': [[-0.0, 2]]",
          "'columns': ['a', 'b'], 'data': [[1, 2]]",
          "'columns': ['b', 'a'], 'data': [[1, 2]]",
          "'records': [{'a': 1, 'b': 2}]",
          "'inputs': {'a': [1], 'b': [2]}",
          "'inputs': {'a': [1, 2]}",
          "'inputs': {'a': [[1, 2]]}");

  private static Rows rows(String members) {
    return RowsJson.read("{" + members.replace('\'', '"') + "}");
  }

  @Test
  void rowsOfOtherFormShapeOrValuesHaveAnotherFingerprint() {
    Map<Long, String> seen = new HashMap<>();
    for (String members : ALL_DIFFERENT) {
      assertThat(seen.put(rows(members).fingerprint(), members)).as(members).isNull();
      assertThat(rows(members).fingerprint()).isEqualTo(rows(members).fingerprint());
    }
    assertThat(seen).hasSameSizeAs(ALL_DIFFERENT);
  }

  @Test
  void eachCellHasItsPlaceInTheDocument() {
    Map<String, String> places =
        Map.of(
            "'data': [[1, 2], [3, 4]]", "/data/1/1",
            "'columns': ['a', 'b'], 'data': [[1, 2], [3, 4]]", "/data/1/1",
            "'records': [{'a': 1, 'b~/': 2}, {'a': 3, 'b~/': 4}]", "/records/1/b~0~1");
    places.forEach(
        (members, pointer) -> {
          Rows rows = rows(members);
          assertThat(rows.pointer(rows.blocks().get(0), 1, 1)).isEqualTo(pointer);
        });
    Rows inputs = rows("'inputs': {'a/b': [1, 2], 'c': [3, 4]}");
    assertThat(inputs.pointer(inputs.blocks().get(1), 1, 0)).isEqualTo("/inputs/c/1");
    assertThat(inputs.pointer(1)).isEqualTo("/inputs/a~1b/1");
    Rows bare = rows("'data': [1, 2]");
    assertThat(bare.pointer(bare.blocks().get(0), 1, 0)).isEqualTo("/data/1");
    Rows ragged = rows("'data': [[1], [2, 3]]");
    assertThat(ragged.pointer(ragged.blocks().get(0), 1, 0)).isEqualTo("/data/1");
  }

  @Test
  void countWidthAndValuesGoTogether() {
    assertThat(Rows.matrix(2, 3, new double[6]).values()).isEqualTo(6);
    assertThatIllegalArgumentException().isThrownBy(() -> Rows.matrix(2, 3, new double[5]));
    assertThatIllegalArgumentException().isThrownBy(() -> Rows.matrix(0, 3, new double[0]));
    assertThatIllegalArgumentException().isThrownBy(() -> Rows.matrix(1, -1, new double[0]));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Rows(Form.INPUTS, 1, List.of(), Outputs.FIRST));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new Block(List.of("a"), 2, new Cells.Doubles(new double[2]), CellShapes.SCALARS));
  }
}
