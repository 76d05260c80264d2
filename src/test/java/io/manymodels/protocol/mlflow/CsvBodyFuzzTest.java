package io.manymodels.protocol.mlflow;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.manymodels.protocol.tabular.RowsBody.Limits;
import io.manymodels.testing.FuzzedRows;
import java.nio.charset.StandardCharsets;

/** Tables of comma-separated values are read, or refused with one line; nothing else. */
class CsvBodyFuzzTest {
  private static final Limits LIMITS = new Limits(FuzzedRows.MAX_ROWS, FuzzedRows.MAX_VALUES);

  @FuzzTest(maxDuration = "60s")
  void table(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    FuzzedRows.readOrRefused(() -> FuzzedRows.bindOrRefused(CsvBody.parse(text, LIMITS)));
  }
}
