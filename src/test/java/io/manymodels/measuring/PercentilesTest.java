package io.manymodels.measuring;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.manymodels.testing.FakeTicker;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Percentiles as operators are told them, against exact ones of the same requests. */
class PercentilesTest {
  private static final int PROCESSES = 3;
  private static final int REQUESTS = 15_000;

  /** Latencies in milliseconds. */
  enum Shape {
    UNIFORM(random -> 0.2 + 50 * random.nextDouble()),
    LOGNORMAL(random -> Math.exp(0.8 * random.nextGaussian())),
    /** Hits and, now and then, a load. */
    TWO_HUMPS(
        random ->
            random.nextInt(30) == 0
                ? 80 * Math.exp(0.3 * random.nextGaussian())
                : 0.5 * Math.exp(0.2 * random.nextGaussian())),
    PARETO(random -> 0.3 * Math.pow(1 - random.nextDouble(), -1 / 1.2)),
    CONSTANT(random -> 3);

    private final ToDoubleFunction<Random> millis;

    Shape(ToDoubleFunction<Random> millis) {
      this.millis = millis;
    }

    long[] draw(int count) {
      Random random = new Random(7);
      return Arrays.stream(new long[count])
          .map(none -> (long) (1e6 * millis.applyAsDouble(random)))
          .toArray();
    }
  }

  private static double exact(long[] sorted, double quantile) {
    return sorted[(int) Math.max(0, Math.ceil(quantile * sorted.length) - 1)] / 1e9;
  }

  @ParameterizedTest
  @EnumSource
  void areWithinTwoPercentOfExactOnesAfterReportsOfSeveralProcesses(Shape shape) {
    FakeTicker ticker = new FakeTicker();
    MeasuredSums sums = new MeasuredSums(ticker);
    long[] nanos = shape.draw(REQUESTS);
    for (int process = 0; process < PROCESSES; process++) {
      Measurements measurements = new Measurements(Map::of, ticker);
      ReportBook book = new ReportBook(measurements, "d" + process, "Dispatcher", ticker);
      Timing all = measurements.timing(Measure.REQUEST_SECONDS, "score");
      for (int i = process; i < nanos.length; i += PROCESSES) {
        measurements.tenants().record(tenant(1), RequestOutcome.HIT, nanos[i]);
        all.record(nanos[i]);
        if (i % 1_000 == process) {
          MeasuredReport report = book.next();
          sums.add(report);
          book.arrived(report.sequence());
        }
      }
      sums.add(book.next());
    }
    Arrays.sort(nanos);
    TenantFigures of = sums.tenant(tenant(1)).orElseThrow();
    TimingCounts total = TimingCounts.of(sums.totals(0).timings().get("request_seconds|score"));
    assertThat(of.requests()).isEqualTo(REQUESTS);
    assertThat(total.count()).isEqualTo(REQUESTS);
    for (double quantile : new double[] {0.5, 0.95, 0.99}) {
      assertThat(total.quantile(quantile) / exact(nanos, quantile)).isCloseTo(1, within(0.0201));
    }
    assertThat(of.p50() / exact(nanos, 0.5)).isCloseTo(1, within(0.0201));
    assertThat(of.p95() / exact(nanos, 0.95)).isCloseTo(1, within(0.0201));
    assertThat(of.p99() / exact(nanos, 0.99)).isCloseTo(1, within(0.0201));
  }

  /** Beyond so many each counts half, and quantiles stay where they are. */
  @ParameterizedTest
  @EnumSource
  void stayWhereTheyAreWhenOlderRequestsAreForgotten(Shape shape) {
    long[] nanos = shape.draw(LatencySketch.MOST * 3);
    long[] counts = new long[Buckets.COUNT];
    for (long each : nanos) {
      counts[Buckets.of(each)]++;
    }
    long[] before = counts.clone();
    LatencySketch.forget(counts);
    assertThat(Arrays.stream(counts).sum())
        .isBetween(LatencySketch.MOST / 2L, (long) LatencySketch.MOST);
    long[] read = new long[Buckets.COUNT];
    LatencySketch.read(LatencySketch.write(counts), read);
    assertThat(read).isEqualTo(counts);
    for (double quantile : new double[] {0.5, 0.95, 0.99}) {
      assertThat(Buckets.quantile(counts, quantile))
          .isCloseTo(Buckets.quantile(before, quantile), within(1));
    }
  }
}
