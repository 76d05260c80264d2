package io.manymodels.micro;

import io.manymodels.measuring.AnswerCounts;
import io.manymodels.measuring.Count;
import io.manymodels.measuring.Measure;
import io.manymodels.measuring.Measurements;
import io.manymodels.measuring.ReportBook;
import io.manymodels.measuring.RequestOutcome;
import io.manymodels.measuring.Timing;
import io.manymodels.model.TenantId;
import io.manymodels.time.Ticker;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * All that is measured of a request: in the Dispatcher, and in the replica. Reports are made every
 * 250 ms meanwhile, as in the product.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MeasuringBenchmark {
  private static final int TENANTS = 10_000;
  private static final int DRAWS = 1 << 16;
  private static final long REPORT_MILLIS = 250;

  /** A process, and the thread that reports. */
  @State(Scope.Benchmark)
  public static class Process {
    final Measurements measurements = Measurements.unread();
    final AnswerCounts answers = new AnswerCounts(measurements, "score");
    final Timing turn = measurements.timing(Measure.HOP_SECONDS, "turn");
    final Timing hot = measurements.timing(Measure.HOP_SECONDS, "hot");
    final Timing prediction = measurements.timing(Measure.PREDICTION_SECONDS, "hot");
    final Count predictions = measurements.count(Measure.PREDICTIONS, "hot", "ok");
    final TenantId[] tenants = new TenantId[DRAWS];
    private Thread reporter = new Thread();
    private volatile long reported;

    /** Draws the requests and starts to report. */
    @Setup(Level.Trial)
    public void start() {
      int[] draws = Draws.zipf(TENANTS, 1.0, DRAWS, 1);
      for (int i = 0; i < DRAWS; i++) {
        tenants[i] = Draws.model(draws[i]).tenant();
      }
      ReportBook book = new ReportBook(measurements, "Dispatcher#1", "Dispatcher", Ticker.SYSTEM);
      reporter = new Thread(() -> report(book), "reporter");
      reporter.setDaemon(true);
      reporter.start();
    }

    private void report(ReportBook book) {
      try {
        while (true) {
          TimeUnit.MILLISECONDS.sleep(REPORT_MILLIS);
          reported = book.next().sequence();
          book.arrived(reported);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** Ends the reports. */
    @TearDown(Level.Trial)
    public void stop() throws InterruptedException {
      reporter.interrupt();
      reporter.join();
      if (reported == 0) {
        throw new IllegalStateException("nothing was reported");
      }
    }
  }

  /** Where a thread is in the draws. */
  @State(Scope.Thread)
  public static class Position {
    private int next;

    /** Threads begin apart from each other. */
    @Setup(Level.Trial)
    public void start(ThreadParams threads) {
      next = threads.getThreadIndex() * (DRAWS / threads.getThreadCount());
    }

    int next() {
      return next++ & DRAWS - 1;
    }
  }

  private static void atDispatcher(Process process, Position position) {
    int i = position.next();
    long nanos = 200_000 + i;
    process.turn.record(i & 1_023);
    process.hot.record(nanos);
    process.predictions.increment();
    process.measurements.tenants().record(process.tenants[i], RequestOutcome.HIT, nanos);
    process.answers.answered(200, null);
    process.answers.bytes(200, 300);
    process.answers.took(nanos);
  }

  private static void atReplica(Process process, Position position) {
    int i = position.next();
    process.prediction.record(20_000 + i);
    process.measurements.tenants().predicted(process.tenants[i], 20_000);
  }

  /** In the Dispatcher, one thread. */
  @Benchmark
  @Threads(1)
  public void dispatcherOneThread(Process process, Position position) {
    atDispatcher(process, position);
  }

  /** In the Dispatcher, two threads. */
  @Benchmark
  @Threads(2)
  public void dispatcherTwoThreads(Process process, Position position) {
    atDispatcher(process, position);
  }

  /** In the replica, one thread. */
  @Benchmark
  @Threads(1)
  public void replicaOneThread(Process process, Position position) {
    atReplica(process, position);
  }
}
