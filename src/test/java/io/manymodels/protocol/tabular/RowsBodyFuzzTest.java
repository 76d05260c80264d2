package io.manymodels.protocol.tabular;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.core.JsonParser;
import io.manymodels.json.Json;
import io.manymodels.testing.FuzzedRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Bodies of KServe V1, MLflow and Azure ML are read, or refused with a problem that names the
 * place; nothing else. So are their rows by models of all kinds.
 */
class RowsBodyFuzzTest {
  private static final SortedMap<String, RowsForm> FORMS =
      new TreeMap<>(
          Map.of(
              "dataframe_split", RowsForm.SPLIT,
              "dataframe_records", RowsForm.RECORDS,
              "instances", RowsForm.INSTANCES,
              "inputs", RowsForm.TENSORS,
              "input_data", RowsForm.SPLIT_OR_TENSORS));

  @FuzzTest(maxDuration = "60s")
  void body(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    RowsBody.Limits limits = new RowsBody.Limits(FuzzedRows.MAX_ROWS, FuzzedRows.MAX_VALUES);
    FuzzedRows.readOrRefused(
        () -> {
          RowsBody.Parsed parsed = RowsBody.parse(parser(text), FORMS, limits);
          assertThat(parsed.place().member()).startsWith("/");
          FuzzedRows.bindOrRefused(parsed.rows());
        });
  }

  private static JsonParser parser(String text) {
    try {
      return Json.mapper().createParser(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
