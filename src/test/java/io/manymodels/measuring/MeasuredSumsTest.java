package io.manymodels.measuring;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What becomes of reports that come twice, late or not at all. */
class MeasuredSumsTest {
  private static final String HOT_OK = "predictions|hot|ok";
  private final FakeTicker ticker = new FakeTicker();
  private final MeasuredSums sums = new MeasuredSums(ticker);

  /** A process that counts. */
  private final class Reporting {
    private final Measurements measurements = new Measurements(Map::of, ticker);
    private final ReportBook book;
    private final Count count = measurements.count(Measure.PREDICTIONS, "hot", "ok");
    private final Timing timing = measurements.timing(Measure.REQUEST_SECONDS, "score");

    Reporting(String name) {
      book = new ReportBook(measurements, name, "Dispatcher", ticker);
      measurements.level(() -> 2, Measure.QUEUE_LENGTH, "turns");
    }

    void answer(int times) {
      for (int i = 0; i < times; i++) {
        count.increment();
        timing.record(1_000_000);
        measurements.tenants().record(tenant(1), RequestOutcome.HIT, 1_000_000);
      }
    }

    /** A report that arrives, and is known to have. */
    void report() {
      MeasuredReport report = book.next();
      sums.add(report);
      book.arrived(report.sequence());
    }
  }

  private long counted() {
    return sums.totals(0).counts().getOrDefault(HOT_OK, 0L);
  }

  private long timed() {
    List<Long> timing = sums.totals(0).timings().get("request_seconds|score");
    return timing == null ? 0 : TimingCounts.of(timing).count();
  }

  private long ofTenant() {
    return sums.tenant(tenant(1)).map(TenantFigures::requests).orElse(0L);
  }

  private void assertAll(long expected) {
    assertThat(counted()).isEqualTo(expected);
    assertThat(timed()).isEqualTo(expected);
    assertThat(ofTenant()).isEqualTo(expected);
  }

  @Test
  void processesAddUp() {
    Reporting one = new Reporting("one");
    Reporting other = new Reporting("other");
    one.answer(3);
    one.report();
    other.answer(4);
    other.report();
    one.answer(5);
    one.report();
    assertAll(12);
  }

  @Test
  void aReportThatComesTwiceCountsOnce() {
    Reporting one = new Reporting("one");
    one.answer(3);
    sums.add(one.book.next());
    one.answer(2);
    // It does not know that the first one has arrived.
    sums.add(one.book.next());
    assertAll(3);
    assertThat(sums.totals(0).counts()).containsEntry("reports_repeated", 1L);
    one.report();
    one.report();
    assertAll(5);
  }

  @Test
  void aLostProcessTakesNoMoreThanOneReportWithIt() {
    Reporting lost = new Reporting("lost");
    lost.answer(3);
    lost.report();
    lost.answer(4);
    MeasuredReport underWay = lost.book.next();
    assertThat(underWay.counts()).containsEntry(HOT_OK, 4L);
    Reporting after = new Reporting("after");
    after.answer(1);
    after.report();
    assertAll(4);
  }

  @Test
  void aProcessThatIsStartedAnewIsAnother() {
    Reporting first = new Reporting("same");
    first.answer(3);
    first.report();
    ticker.advance(Duration.ofSeconds(1));
    Reporting second = new Reporting("same");
    second.answer(2);
    second.report();
    assertAll(5);
  }

  @Test
  void countersNeverGoBackwardsAndEndAtWhatWasCounted() {
    Random random = new Random(11);
    List<Reporting> processes = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      processes.add(new Reporting("p" + i));
    }
    long answered = 0;
    SortedMap<String, Long> before = new TreeMap<>();
    for (int step = 0; step < 2_000; step++) {
      Reporting process = processes.get(random.nextInt(processes.size()));
      int times = random.nextInt(4);
      process.answer(times);
      answered += times;
      MeasuredReport report = process.book.next();
      int fate = random.nextInt(3);
      if (fate > 0) {
        sums.add(report);
      }
      if (fate > 1) {
        process.book.arrived(report.sequence());
      }
      SortedMap<String, Long> now = sums.totals(0).counts();
      before.forEach((key, value) -> assertThat(now.get(key)).isGreaterThanOrEqualTo(value));
      before = now;
    }
    // The report that may have been pending, and what came after it.
    processes.forEach(Reporting::report);
    processes.forEach(Reporting::report);
    assertAll(answered);
  }

  @Test
  void levelsAreThoseOfProcessesThatLive() {
    Reporting one = new Reporting("one");
    one.report();
    ticker.advance(MeasuredSums.SILENCE.dividedBy(2));
    new Reporting("other").report();
    assertThat(sums.totals(0).processes()).hasSize(2);
    assertThat(sums.totals(0).processes().get(0).levels()).containsEntry("queue_length|turns", 2.0);
    ticker.advance(MeasuredSums.SILENCE.dividedBy(2).plusSeconds(1));
    assertThat(sums.totals(0).processes())
        .extracting(MeasuredTotals.Levels::process)
        .containsExactly("other");
  }

  @Test
  void whatThisBuildDoesNotKnowIsLeftOut() {
    SortedMap<String, Long> counts = new TreeMap<>();
    counts.put("made_up|x", 3L);
    counts.put("predictions|hot", 3L);
    counts.put(HOT_OK, -3L);
    SortedMap<String, List<Long>> timings = new TreeMap<>();
    timings.put("request_seconds|score", List.of(5L, 9_999L, 1L, 100L, 2L, -4L, 1L, 7L));
    sums.add(
        new MeasuredReport(
            "newer", "Dispatcher", 1, 1, counts, timings, new TreeMap<>(), List.of()));
    assertThat(sums.totals(0).counts()).containsOnlyKeys("reports_repeated");
    assertThat(timed()).isEqualTo(2);
  }
}
