package io.manymodels.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** An example is rows that are read again as the same, or is refused in one line. */
class ExampleJsonFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void example(byte[] bytes) {
    ExampleJson read;
    try {
      read = ExampleJson.read(new String(bytes, UTF_8));
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank().doesNotContain("\n");
      return;
    }
    assertThat(read.rows().count()).isBetween(1, ExampleJson.MAX_ROWS);
    ExampleJson again = ExampleJson.read(read.text());
    assertThat(again.text()).isEqualTo(read.text());
    assertThat(again.columns()).isEqualTo(read.columns());
  }
}
