package io.manymodels.rehearsal;

import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * How far a rehearsal has come, and whether it is to go on: until its share of the processor or its
 * time is used up, it is stopped, or there is hardly anything left to compile. To be used by one
 * thread.
 */
final class RehearsalProgress {
  /** The processor time after which it is judged whether compiling has come to its end. */
  private static final Duration WINDOW = Duration.ofMillis(200);

  /** Of that time, what compilers take when there is hardly anything left to compile. */
  private static final double STILL = 0.05;

  /** Few at first, so that every kind of model has its turn before the time is used up. */
  private static final int FIRST_PREDICTIONS = 10;

  private static final int MAX_PREDICTIONS = 320;

  private final JvmWork work;
  private final Ticker ticker;
  private final BooleanSupplier stopped;
  private final Deadline end;
  private final long cpuLimit;
  private final long startNanos;
  private final long startCpu;
  private final long startCompile;
  private long windowCpu;
  private long windowCompile;
  private int predictionsEach = FIRST_PREDICTIONS;
  private int models;
  private int predictions;
  private boolean compiled;

  /**
   * Begins now.
   *
   * @param cpu that the whole process may use meanwhile
   * @param wall time that it may take
   * @param stopped whether it is to end at the next step
   */
  RehearsalProgress(
      JvmWork work, Ticker ticker, Duration cpu, Duration wall, BooleanSupplier stopped) {
    this.work = work;
    this.ticker = ticker;
    this.stopped = stopped;
    this.end = Deadline.after(wall, ticker);
    this.startNanos = ticker.nanos();
    this.startCpu = work.cpuNanos().getAsLong();
    this.startCompile = work.compileMillis().getAsLong();
    this.cpuLimit = startCpu + cpu.toNanos();
    this.windowCpu = startCpu;
    this.windowCompile = startCompile;
  }

  /** To be asked before each step, of a few milliseconds at most once the code is compiled. */
  boolean goesOn() {
    return !stopped.getAsBoolean()
        && !compiled
        && !end.passed()
        && work.cpuNanos().getAsLong() < cpuLimit;
  }

  /** With each model of this round; twice as many in the next one. */
  int predictionsEach() {
    return predictionsEach;
  }

  /** A model was loaded, predicted with so many times, and dropped. */
  void did(int predicted) {
    models++;
    predictions += predicted;
  }

  /** To be called after everything has been done once more. */
  void round() {
    predictionsEach = Math.min(MAX_PREDICTIONS, 2 * predictionsEach);
    long cpu = work.cpuNanos().getAsLong();
    if (cpu - windowCpu >= WINDOW.toNanos()) {
      long compile = work.compileMillis().getAsLong();
      compiled = TimeUnit.MILLISECONDS.toNanos(compile - windowCompile) < STILL * (cpu - windowCpu);
      windowCpu = cpu;
      windowCompile = compile;
    }
  }

  /** What was done, in one line. */
  String told() {
    return "%d ms, of which %d of processor time: %d models, %d predictions, compiled for %d ms%s"
        .formatted(
            (ticker.nanos() - startNanos) / 1_000_000,
            (work.cpuNanos().getAsLong() - startCpu) / 1_000_000,
            models,
            predictions,
            work.compileMillis().getAsLong() - startCompile,
            compiled ? ", until there was nothing left to compile" : "");
  }
}
