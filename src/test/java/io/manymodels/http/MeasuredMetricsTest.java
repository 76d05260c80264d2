package io.manymodels.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.measuring.Measure;
import io.manymodels.measuring.MeasuredTotals;
import io.manymodels.testing.Backends;
import io.manymodels.testing.MeasuredSamples;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Measurements as Prometheus reads them. */
class MeasuredMetricsTest {
  private static final String HOSTILE = "a\"b\\c\n<script>{}#";

  private static String text(MeasuredTotals totals) {
    return Metrics.write(totals).text();
  }

  private static MeasuredTotals timed(Long... counts) {
    TreeMap<String, List<Long>> timings = new TreeMap<>();
    timings.put("request_seconds|score", List.of(counts));
    return new MeasuredTotals(new TreeMap<>(), timings, List.of(), List.of(), 0);
  }

  @Test
  void aHistogramHasCumulativeBucketsAndTheWholeSum() {
    // 1 at 1 us, 20 at some 0.4 ms, 2 at some 0.16 s, 1 beyond 100 s.
    String text = text(timed(70_000_000L, 0L, 1L, 150L, 20L, 300L, 2L, 462L, 1L));
    assertThat(text)
        .contains("# TYPE mms_request_seconds histogram")
        .contains("mms_request_seconds_bucket{protocol=\"score\",le=\"1.0E-5\"} 1\n")
        .contains("mms_request_seconds_bucket{protocol=\"score\",le=\"2.5E-4\"} 1\n")
        .contains("mms_request_seconds_bucket{protocol=\"score\",le=\"5.0E-4\"} 21\n")
        .contains("mms_request_seconds_bucket{protocol=\"score\",le=\"0.1\"} 21\n")
        .contains("mms_request_seconds_bucket{protocol=\"score\",le=\"0.25\"} 23\n")
        .contains("mms_request_seconds_bucket{protocol=\"score\",le=\"30.0\"} 23\n")
        .contains("mms_request_seconds_bucket{protocol=\"score\",le=\"+Inf\"} 24\n")
        .contains("mms_request_seconds_count{protocol=\"score\"} 24\n")
        .contains("mms_request_seconds_sum{protocol=\"score\"} 0.07\n");
  }

  @Test
  void levelsThatAddUpAreAddedUpAndOthersHaveTheNameOfTheirProcess() {
    assertThat(text(MeasuredSamples.totals()))
        .contains("mms_queue_length{queue=\"turns\"} 6.0\n")
        .contains("mms_jvm_threads{deployment=\"Deployment1\",replica=\"Deployment1#a\"} 3.0\n")
        .contains(
            "mms_process_cpu_seconds_total{deployment=\"Dispatcher\",replica=\"Dispatcher#b\"}")
        .contains("mms_reporting_processes{deployment=\"Dispatcher\"} 1.0\n")
        .contains("mms_tenant_requests_total{tenant=\"tenant01\"} 120.0\n")
        .contains("mms_tenant_latency_seconds{percentile=\"99\",tenant=\"tenant01\"} 0.09\n");
  }

  @ParameterizedTest
  @EnumSource
  void everyMeasureHasItsHelpAndItsType(Measure measure) {
    boolean counts =
        measure.kind() == Measure.Kind.COUNTER || measure.kind() == Measure.Kind.PROCESS_COUNTER;
    String name = "mms_" + measure.wireName() + (counts ? "_total" : "");
    String type =
        counts ? "counter" : measure.kind() == Measure.Kind.HISTOGRAM ? "histogram" : "gauge";
    assertThat(text(MeasuredSamples.totals()).lines())
        .contains("# HELP " + name + " " + measure.help(), "# TYPE " + name + " " + type);
  }

  @Test
  void hostileNamesAreEscaped() {
    TreeMap<String, Double> levels = new TreeMap<>();
    levels.put("jvm_threads", 4.0);
    TreeMap<String, Long> counts = new TreeMap<>();
    counts.put("answers|" + HOSTILE + "|200|ok", 1L);
    MeasuredTotals totals =
        new MeasuredTotals(
            counts,
            new TreeMap<>(),
            List.of(new MeasuredTotals.Levels(HOSTILE, HOSTILE, levels)),
            List.of(),
            0);
    String escaped = "a\\\"b\\\\c\\n<script>{}#";
    assertThat(text(totals).lines())
        .contains(
            "mms_answers_total{code=\"ok\",protocol=\"" + escaped + "\",status=\"200\"} 1.0",
            "mms_jvm_threads{deployment=\"" + escaped + "\",replica=\"" + escaped + "\"} 4.0")
        .allMatch(line -> line.matches("# (HELP|TYPE) mms_\\w+ .+|mms_\\w+(\\{.*})? [-+.\\dE]+"));
  }

  @Test
  void aSeriesOfAnotherBuildIsLeftOut() {
    TreeMap<String, Long> counts = new TreeMap<>();
    counts.put("made_up|x", 1L);
    counts.put("answers|x", 1L);
    MeasuredTotals totals = new MeasuredTotals(counts, new TreeMap<>(), List.of(), List.of(), 0);
    assertThat(text(totals)).isEmpty();
  }

  @Test
  @Timeout(60)
  void promtoolFindsNothingWrong(@TempDir Path folder) throws IOException, InterruptedException {
    Path scrape = folder.resolve("scrape.txt");
    String text =
        Metrics.write(OperatorStatusTest.status(), Optional.of(MeasuredSamples.totals())).text();
    assertThat(text).contains("mms_placed_tenants", "mms_tenant_latency_seconds");
    Files.writeString(scrape, text, StandardCharsets.UTF_8);
    Path said = folder.resolve("said.txt");
    Path program = Backends.executable("mm.promtool", "prometheus/usr/bin/promtool", "promtool");
    Process promtool =
        new ProcessBuilder(program.toString(), "check", "metrics")
            .redirectInput(scrape.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    assertThat(promtool.waitFor(50, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(said)).isEmpty();
    assertThat(promtool.exitValue()).isZero();
  }

  /** The bound of issue 21, with as many remarkable tenants as the user_config allows. */
  @Test
  void aScrapeIsBelowOneMegabyte() {
    MeasuredTotals few = MeasuredSamples.totals();
    MeasuredTotals many =
        new MeasuredTotals(
            few.counts(), few.timings(), few.processes(), MeasuredTenants.longNames(300), 100_000);
    assertThat(Metrics.write(OperatorStatusTest.status(), Optional.of(many)).body().length)
        .isBetween(100_000, 1_000_000);
  }
}
