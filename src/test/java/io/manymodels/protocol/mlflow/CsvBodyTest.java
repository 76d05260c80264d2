package io.manymodels.protocol.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.protocol.tabular.RowsBody.Limits;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Cells.Kind;
import io.manymodels.tensor.Rows;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CsvBodyTest {
  private static Rows parse(String text) {
    return CsvBody.parse(text, new Limits(3, 12));
  }

  private static List<String> cells(Rows rows) {
    Cells.Mixed cells = (Cells.Mixed) rows.blocks().get(0).cells();
    List<String> told = new ArrayList<>();
    for (int i = 0; i < cells.size(); i++) {
      told.add(cells.kind(i) == Kind.MISSING ? "missing" : cells.texts()[i]);
    }
    return told;
  }

  @Test
  void cellsAreTextsUnderTheNamesOfTheHeader() {
    Rows rows = parse("plan,seats\r\npro,48\r\n\"a,\"\"b\n\",\n");
    assertThat(rows.form()).isEqualTo(Rows.Form.WRITTEN);
    assertThat(rows.count()).isEqualTo(2);
    assertThat(rows.blocks().get(0).names()).containsExactly("plan", "seats");
    assertThat(cells(rows)).containsExactly("pro", "48", "a,\"b\n", "missing");
  }

  @Test
  void anEmptyCellIsMissingAlsoInQuotes() {
    assertThat(cells(parse("a,b\n\"\",x"))).containsExactly("missing", "x");
  }

  @Test
  void theIndexThatPandasWritesIsPassedOver() {
    Rows rows = parse("\uFEFF,a,b\n0,1,x\n1,2,y\n");
    assertThat(rows.blocks().get(0).names()).containsExactly("a", "b");
    assertThat(cells(rows)).containsExactly("1", "x", "2", "y");
  }

  @Test
  void emptyLinesAreNoRows() {
    assertThat(parse("a\n1\n\n2\n\n").count()).isEqualTo(2);
  }

  @Test
  void whatIsNoTableIsRefused() {
    refused("", ErrorCode.INVALID_INPUT, "expected a row with the names of the columns");
    refused(
        "a,b\n",
        ErrorCode.INVALID_INPUT,
        "expected at least one row below the names of the columns");
    refused(
        "a,b\n1,2\n3\n",
        ErrorCode.INVALID_INPUT,
        "/data/1: expected 2 cells, as the header has, got 1");
    refused(
        "a,b\n1,2,3,4,5\n",
        ErrorCode.INVALID_INPUT,
        "/data/0: expected 2 cells, as the header has, got more");
    refused("a\n1\n2\n3\n4\n", ErrorCode.PAYLOAD_TOO_LARGE, "a request has at most 3 rows");
    refused(
        "a,b,c,d\n1,2,3,4\n1,2,3,4\n1,2,3,4\n",
        ErrorCode.PAYLOAD_TOO_LARGE,
        "a request has at most 12 numbers and other values");
    refused("a\n\"1\n", ErrorCode.INVALID_INPUT, "not valid CSV: Missing closing quote for value");
  }

  private static void refused(String text, ErrorCode code, String message) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOfSatisfying(
            ServingException.class,
            e -> {
              assertThat(e.code()).isEqualTo(code);
              assertThat(e).hasMessage(message);
            });
  }
}
