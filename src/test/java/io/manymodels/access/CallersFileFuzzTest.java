package io.manymodels.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;

/** A callers file is taken, or refused in one line: what throws else would end the watch of it. */
class CallersFileFuzzTest {
  private static final Path FILE = Path.of("callers.yaml");

  @FuzzTest(maxDuration = "60s")
  void callers(byte[] input) {
    String text = new String(input, UTF_8);
    try {
      CallersFile.check(text, FILE);
      assertThat(ListedCaller.of(text)).isNotNull();
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank().doesNotContain("\n");
    }
  }
}
