package io.manymodels.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WrittenCellTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      ignoreLeadingAndTrailingWhitespace = false,
      textBlock =
          """
          FP32|1.5|NUMBER 1.5
          FP64| -.5e3 |NUMBER -500.0
          FP64|1e999|TEXT
          FP64|1e9999|TEXT
          FP64|inf|TEXT
          FP64|0x10|TEXT
          FP64|1d|TEXT
          FP64|1_000|TEXT
          FP64|``|MISSING
          FP64|NaN|MISSING
          INT64|N/A|MISSING
          INT64|48|NUMBER 48.0
          INT64|48.0|NUMBER 48.0
          INT64|9007199254741009|WHOLE 9007199254741009
          INT64|-9223372036854775808|WHOLE -9223372036854775808
          UINT64|18446744073709551615|UNSIGNED 18446744073709551615
          UINT64|18446744073709551616|NUMBER 1.8446744073709552E19
          INT64|9007199254741009.5|NUMBER 9.00719925474101E15
          INT8|True|TRUTH 1.0
          BOOL|FALSE|TRUTH 0.0
          BOOL|1|NUMBER 1.0
          INT64|pro|TEXT
          BYTES|NA|TEXT
          BYTES| 7 |TEXT
          BYTES|``|TEXT
          """)
  void aTextIsWhatTheDatatypeTakesItFor(Datatype type, String text, String expected) {
    Cells cells = WrittenCell.of(type, text);
    assertThat(cells.size()).isEqualTo(1);
    assertThat(
            switch (cells.kind(0)) {
              case TEXT, MISSING -> cells.kind(0).name();
              case WHOLE, UNSIGNED -> cells.kind(0) + " " + Encoding.text(cells, 0);
              default -> cells.kind(0) + " " + cells.number(0);
            })
        .isEqualTo(expected);
    if (cells instanceof Cells.Texts texts) {
      assertThat(texts.values()[0]).isEqualTo(text);
    }
  }
}
