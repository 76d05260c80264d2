package io.manymodels.adapter.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.threads.DaemonLoop;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Ends runs of ONNX Runtime that are past their deadline. ONNX Runtime looks before each operator,
 * also of a loop's body, whether it is to end the run; it does not end a single long operator. Such
 * a run goes on, and is logged. Thread-safe.
 *
 * <p>Options are kept and reused, as many as ever ran at once, so that a run costs two atomic
 * operations and no timer: one thread looks at all of them every 20 ms while there are runs, and
 * waits while there are none.
 */
final class RunLimits {
  /** Of all models together; more threads than a replica predicts on. */
  private static final int MAX_RUNS = 512;

  private static final long PERIOD_MILLIS = 20;
  private static final int QUIET_ROUNDS = 50;
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final System.Logger LOG = System.getLogger(RunLimits.class.getName());

  // What a run's state is when it is no run's deadline; compared by identity.
  private static final Deadline FREE = Deadline.after(Duration.ZERO, Ticker.SYSTEM);
  private static final Deadline ENDING = Deadline.after(Duration.ZERO, Ticker.SYSTEM);
  private static final Deadline ENDED = Deadline.after(Duration.ZERO, Ticker.SYSTEM);

  private final AtomicReferenceArray<@Nullable Run> runs = new AtomicReferenceArray<>(MAX_RUNS);
  private final Semaphore wakeUps = new Semaphore(0);
  private volatile boolean watching = true;
  private int quietRounds;

  /** Starts the thread, which never ends: one for each process. */
  RunLimits() {
    DaemonLoop.start("onnx-run-limits", new CountDownLatch(1), this::round);
  }

  /** A run, from before ONNX Runtime is called until it has returned. */
  static final class Run implements AutoCloseable {
    private final AtomicReference<Deadline> state;
    private final RunOptions options;
    private volatile @Nullable ModelRef ref;
    private @Nullable Deadline logAt;

    private Run(Deadline deadline) throws OrtException {
      options = new RunOptions();
      state = new AtomicReference<>(deadline);
    }

    RunOptions options() {
      return options;
    }

    /** Whether it was ended, or is about to be, because it is past its deadline. */
    boolean ended() {
      return state.get() == ENDING || state.get() == ENDED;
    }

    private boolean tryBegin(Deadline deadline) {
      return state.get() == FREE && state.compareAndSet(FREE, deadline);
    }

    /** Whether there is a run. For the thread that watches. */
    private boolean look() {
      Deadline seen = Objects.requireNonNull(state.get());
      if (seen == FREE) {
        return false;
      }
      if (seen == ENDED) {
        logOnce();
      } else if (seen.passed() && state.compareAndSet(seen, ENDING)) {
        terminate(true);
        logAt = Deadline.after(PATIENCE, Ticker.SYSTEM);
        state.set(ENDED);
      }
      return true;
    }

    private void logOnce() {
      if (logAt != null && logAt.passed()) {
        logAt = null;
        LOG.log(
            System.Logger.Level.WARNING,
            "{0}: a prediction goes on after its deadline, because one operator takes so long; it"
                + " keeps one of the threads of this tenant",
            ref);
      }
    }

    private void terminate(boolean whether) {
      try {
        options.setTerminate(whether);
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() {
      Deadline seen = state.get();
      if (seen != ENDING && seen != ENDED && state.compareAndSet(seen, FREE)) {
        return;
      }
      while (state.get() == ENDING) {
        Thread.onSpinWait();
      }
      terminate(false);
      state.set(FREE);
    }
  }

  /**
   * Begins a run of a model, to be closed by the thread that calls.
   *
   * @throws ServingException {@code OVERLOADED} when too many are under way
   */
  Run begin(ModelRef ref, Deadline deadline) throws OrtException {
    Run run = claim(deadline);
    run.ref = ref;
    if (!watching) {
      wakeUps.release();
    }
    return run;
  }

  private Run claim(Deadline deadline) throws OrtException {
    // Threads have numbers in a row, so that each mostly finds the one that it had before.
    int start = (int) Thread.currentThread().getId();
    for (int i = 0; i < MAX_RUNS; i++) {
      int index = Math.floorMod(start + i, MAX_RUNS);
      @Nullable Run kept = runs.get(index);
      if (kept != null) {
        if (kept.tryBegin(deadline)) {
          return kept;
        }
        continue;
      }
      Run made = new Run(deadline);
      if (runs.compareAndSet(index, null, made)) {
        return made;
      }
      made.options.close();
    }
    throw new ServingException(ErrorCode.OVERLOADED, "too many predictions run at once");
  }

  private void round() throws InterruptedException {
    quietRounds = look() ? 0 : quietRounds + 1;
    if (quietRounds <= QUIET_ROUNDS) {
      var unused = wakeUps.tryAcquire(PERIOD_MILLIS, TimeUnit.MILLISECONDS);
      return;
    }
    watching = false;
    // A run that began before it could see that is seen now.
    if (!look()) {
      var unused = wakeUps.tryAcquire(1, TimeUnit.HOURS);
    }
    watching = true;
    quietRounds = 0;
    wakeUps.drainPermits();
  }

  private boolean look() {
    boolean any = false;
    for (int i = 0; i < MAX_RUNS; i++) {
      @Nullable Run run = runs.get(i);
      any |= run != null && run.look();
    }
    return any;
  }
}
