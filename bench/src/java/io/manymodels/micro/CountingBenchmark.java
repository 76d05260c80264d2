package io.manymodels.micro;

import io.manymodels.model.ModelRef;
import io.manymodels.stats.ModelCost;
import io.manymodels.stats.Served;
import io.manymodels.stats.TrafficCounter;
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

/** What the Dispatcher's counter adds to a request, while it is emptied every 250 ms. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CountingBenchmark {
  private static final int TENANTS = 10_000;
  private static final int DRAWS = 1 << 16;

  /** The counter and the thread that empties it, which is the one that reports in the product. */
  @State(Scope.Benchmark)
  public static class Counter {
    final TrafficCounter counter = new TrafficCounter(TENANTS);
    final ModelCost cost = new ModelCost(100_000, 2_000);
    final ModelRef[] models = new ModelRef[DRAWS];
    private Thread reporter = new Thread();
    private volatile long reported;

    /** Draws the requests and starts emptying. */
    @Setup(Level.Trial)
    public void start() {
      int[] draws = Draws.zipf(TENANTS, 1.0, DRAWS, 1);
      for (int i = 0; i < DRAWS; i++) {
        models[i] = Draws.model(draws[i]);
      }
      reporter = new Thread(this::report, "reporter");
      reporter.setDaemon(true);
      reporter.start();
    }

    private void report() {
      try {
        while (true) {
          TimeUnit.MILLISECONDS.sleep(TrafficCounter.INTERVAL.toMillis());
          reported += counter.drain().size();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** Ends emptying. */
    @TearDown(Level.Trial)
    public void stop() throws InterruptedException {
      reporter.interrupt();
      reporter.join();
      if (reported == 0) {
        throw new IllegalStateException("nothing was drained");
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

  /** One request thread. */
  @Benchmark
  @Threads(1)
  public void recordOneThread(Counter counter, Position position) {
    counter.counter.record(counter.models[position.next()], Served.HIT, counter.cost);
  }

  /** Two of them. */
  @Benchmark
  @Threads(2)
  public void recordTwoThreads(Counter counter, Position position) {
    counter.counter.record(counter.models[position.next()], Served.HIT, counter.cost);
  }
}
