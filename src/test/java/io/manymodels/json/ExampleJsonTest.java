package io.manymodels.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExampleJsonTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"tenant": "t", "data": [[1, 2.50]], "outputs": "all"} | {"data":[[1,2.5]]}
          {"columns": ["a", "b"], "data": [[1, null]]} | {"columns":["a","b"],"data":[[1,null]]}
          {"columns": ["a"], "index": [0], "data": [[NaN]]} | {"columns":["a"],"data":[[null]]}
          {"dataframe_split": {"columns": ["a"], "data": [["x"]]}, "params": {}} | {"columns":["a"],"data":[["x"]]}
          {"dataframe_records": [{"a": 1}]} | {"records":[{"a":1}]}
          {"records": [{"a": 1, "b": true}]} | {"records":[{"a":1,"b":true}]}
          [{"a": 1}] | {"records":[{"a":1}]}
          [[1], [2]] | {"data":[[1],[2]]}
          {"instances": [[1]]} | {"data":[[1]]}
          {"inputs": [[9007199254741009]]} | {"data":[[9007199254741009]]}
          {"inputs": {"id": [7], "x": [[[0.1]]]}} | {"inputs":{"id":[7],"x":[[[0.1]]]}}
          """)
  void requestsAndExamplesOfMlflowAreRows(String given, String kept) {
    ExampleJson example = ExampleJson.read(given);
    assertThat(example.text()).isEqualTo(kept);
    assertThat(example.rows()).isNotNull();
  }

  @Test
  void itsColumnsHaveNames() {
    assertThat(ExampleJson.read("{\"columns\":[\"a\",\"b\"],\"data\":[[1,2]]}").columns())
        .containsExactly("a", "b");
    assertThat(ExampleJson.read("[{\"b\":1,\"a\":2}]").columns()).containsExactly("b", "a");
    assertThat(ExampleJson.read("[[1,2]]").columns()).isEmpty();
  }

  @Test
  void theFirstRowsAreKept() {
    String rows = String.join(",", java.util.Collections.nCopies(25, "[1]"));
    for (String form :
        List.of("{\"data\":[%s]}", "{\"inputs\":{\"x\":[%s]}}", "{\"dataframe_records\":[%s]}")) {
      String all =
          form.formatted(form.contains("records") ? rows.replace("[1]", "{\"a\":1}") : rows);
      assertThat(ExampleJson.read(all).rows().count()).isEqualTo(ExampleJson.MAX_ROWS);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          `` | it is empty
          7 | expected the rows as in a request
          {"rows": [[1]]} | got the keys [rows]
          {"data": [[1]], "records": [{"a": 1}]} | got the keys [data, records]
          {"data": []} | /data: expected at least one row
          {"data": [[Infinity]]} | not finite
          {"data": [[1], | not valid JSON
          {"data": "x"} | /data: expected an array of rows
          """)
  void anythingElseIsRefusedInOneLine(String given, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ExampleJson.read(given == null ? "" : given))
        .withMessageContaining(why)
        .withMessageNotContaining("\n");
  }

  @Test
  void aRowThatIsTooLargeIsRefused() {
    String row = "[[" + "1.25,".repeat(ExampleJson.MAX_BYTES / 5) + "1]]";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ExampleJson.read(row))
        .withMessageContaining("at most 524288 are taken, and one row is enough");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ExampleJson.read(" ".repeat(ExampleJson.MAX_FILE_BYTES + 1)))
        .withMessageContaining("larger than 8388608 bytes");
  }
}
