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
 * operations and no timer: one thread looks at all of them when the first deadline passes, and ten
 * times a second while there are runs. It sleeps while there are none.
 */
final class RunLimits {
  /** Of all models together; more threads than a replica predicts on. */
  private static final int MAX_RUNS = 512;

  /** Not longer than a quick prediction may take, so that beginning one wakes nobody. */
  private static final Duration PERIOD = Duration.ofMillis(100);

  private static final int QUIET_ROUNDS = 10;
  private static final Duration LONGEST_SLEEP = Duration.ofHours(1);
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final System.Logger LOG = System.getLogger(RunLimits.class.getName());

  // What a run's state is when it is no run's deadline; compared by identity.
  private static final Deadline FREE = Deadline.after(Duration.ZERO, Ticker.SYSTEM);
  private static final Deadline ENDING = Deadline.after(Duration.ZERO, Ticker.SYSTEM);
  private static final Deadline ENDED = Deadline.after(Duration.ZERO, Ticker.SYSTEM);

  private final AtomicReferenceArray<@Nullable Run> runs = new AtomicReferenceArray<>(MAX_RUNS);
  private final Semaphore wakeUps = new Semaphore(0);
  private volatile Deadline nextLook = Deadline.after(Duration.ZERO, Ticker.SYSTEM);
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

    /** When to look again, {@link #FREE} when there is no run. For the thread that watches. */
    private Deadline look(Deadline latest) {
      Deadline seen = Objects.requireNonNull(state.get());
      if (seen == FREE) {
        return FREE;
      }
      if (seen == ENDED) {
        logOnce();
      } else if (!seen.passed()) {
        return seen.isBefore(latest) ? seen : latest;
      } else if (state.compareAndSet(seen, ENDING)) {
        terminate(true);
        logAt = Deadline.after(PATIENCE, Ticker.SYSTEM);
        state.set(ENDED);
      }
      return latest.atMost(PERIOD);
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
    if (deadline.isBefore(nextLook)) {
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
    boolean quiet = quietRounds >= QUIET_ROUNDS;
    Deadline latest = Deadline.after(quiet ? LONGEST_SLEEP : PERIOD, Ticker.SYSTEM);
    // A run that begins from here on wakes this thread if it has to; one that began before is seen.
    nextLook = latest;
    nextLook = look(latest);
    var unused = wakeUps.tryAcquire(nextLook.remainingMillis(), TimeUnit.MILLISECONDS);
    wakeUps.drainPermits();
  }

  /** Looks at all runs, and returns when the first of them is due, if that is before the latest. */
  private Deadline look(Deadline latest) {
    Deadline first = latest;
    boolean any = false;
    for (int i = 0; i < MAX_RUNS; i++) {
      @Nullable Run run = runs.get(i);
      if (run != null) {
        Deadline next = run.look(first);
        any |= next != FREE;
        first = next == FREE ? first : next;
      }
    }
    quietRounds = any ? 0 : quietRounds + 1;
    return first;
  }
}
