package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.testing.FuzzedRows;

/**
 * Bodies of requests are read, or refused with a problem that names the place; nothing else. So are
 * their rows by models of all kinds.
 */
class BodiesFuzzTest {
  private static final DispatcherConfig LIMITS =
      new DispatcherConfig(
          1 << 16, FuzzedRows.MAX_ROWS, FuzzedRows.MAX_VALUES, 10_000, 2_000, 60, 32, 100);

  @FuzzTest(maxDuration = "60s")
  void score(byte[] input) {
    String body = new String(input, UTF_8);
    FuzzedRows.readOrRefused(
        () -> {
          ScoreBody.Parsed parsed = ScoreBody.parse(Body.of(input, input.length), LIMITS);
          FuzzedRows.bindOrRefused(parsed.rows());
        });
    FuzzedRows.readOrRefused(() -> PoolBody.parse(body));
    FuzzedRows.readOrRefused(() -> RefreshBody.parse(body));
  }
}
