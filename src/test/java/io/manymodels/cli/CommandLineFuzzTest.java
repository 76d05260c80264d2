package io.manymodels.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What users type and the files that they name: done, or one line that says what is wrong. */
class CommandLineFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void simulate(FuzzedDataProvider data) throws IOException {
    String capacity = data.consumeString(12);
    String millis = data.consumeString(12);
    String policy = data.pickValue(new String[] {"ours", "lru", data.consumeString(8)});
    Path trace = Files.createTempFile("fuzz", ".csv");
    try {
      Files.write(trace, data.consumeRemainingAsBytes());
      StringWriter out = new StringWriter();
      StringWriter err = new StringWriter();
      String[] arguments = {
        "simulate",
        "--trace",
        trace.toString(),
        "--policy",
        policy,
        "--capacity",
        capacity,
        "--load-ms",
        millis
      };
      int exitCode = Main.run(arguments, new PrintWriter(out), new PrintWriter(err));
      String told = err.toString();
      if (exitCode == 0) {
        assertThat(told).isEmpty();
      } else {
        assertThat(exitCode).isEqualTo(2);
        assertThat(told).startsWith("many-models: ").containsOnlyOnce("\n");
        assertThat(told.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(10_000);
      }
    } finally {
      Files.delete(trace);
    }
  }
}
