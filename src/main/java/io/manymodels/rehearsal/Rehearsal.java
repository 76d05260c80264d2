package io.manymodels.rehearsal;

import io.manymodels.artifact.ArtifactStore;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.loading.ModelSource;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.threads.Threads;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Loads made-up models and predicts with them until the JVM has compiled the code that real ones
 * will need: the compilers of a JVM that loads its first model take both cores of a small machine
 * for some milliseconds each, from the requests of everybody. It takes place once, on threads of
 * low priority, when the machine has time to spare, and uses at most {@link #CPU} of the whole
 * process. What fails is logged and keeps nobody from serving. Thread-safe.
 */
public final class Rehearsal implements AutoCloseable {
  /** Processor time that the process may use meanwhile. */
  public static final Duration CPU = Duration.ofSeconds(2);

  /** What {@link #await} takes at most; a rehearsal that is not at its end then goes on. */
  public static final Duration LONGEST_WAIT = Duration.ofSeconds(4);

  /** From the start to the end; real models have warmed the code by then. */
  private static final Duration WALL = Duration.ofMinutes(1);

  private static final Duration PAUSE = Duration.ofMillis(100);

  /** So often the machine has no time to spare until nobody waits for the rehearsal any more. */
  private static final int MAX_TRIALS = 5;

  /** Of a step where the machine is not overloaded. */
  private static final Duration LAST_STEP = Duration.ofSeconds(1);

  private static final String ON = "on";
  private static final System.Logger LOG = System.getLogger(Rehearsal.class.getName());

  private final List<Function<Sources, Exercise>> parts;
  private final Sources sources;
  private final JvmWork work;
  private final BooleanSupplier spareTime;
  private final AtomicBoolean begun = new AtomicBoolean();
  private final CountDownLatch worthWaiting = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);

  /** Makes sources of models that leave nothing in caches and journals. */
  public interface Sources {
    ModelSource of(ModelRegistry registry, ArtifactStore artifacts);
  }

  /** The code that is rehearsed. */
  public enum Part {
    /** Of a hot replica. */
    HOT(HotExercise::new),
    /** Of a replica of Deploymentx. */
    OVERFLOW(OverflowExercise::new);

    // A reference to a constructor.
    @SuppressWarnings("ImmutableEnumChecker")
    private final Function<Sources, Exercise> exercise;

    Part(Function<Sources, Exercise> exercise) {
      this.exercise = exercise;
    }
  }

  /**
   * @param spareTime whether there is any now
   */
  Rehearsal(
      List<Function<Sources, Exercise>> parts,
      Sources sources,
      JvmWork work,
      BooleanSupplier spareTime) {
    this.parts = List.copyOf(parts);
    this.sources = sources;
    this.work = work;
    this.spareTime = spareTime;
  }

  /** A rehearsal of these parts, or of none when the environment says so. */
  public static Rehearsal of(Environment environment, Sources sources, Part... parts) {
    boolean on = environment.required(Setting.REHEARSAL).equals(ON);
    return new Rehearsal(
        on ? Arrays.stream(parts).map(part -> part.exercise).toList() : List.of(),
        sources,
        JvmWork.ofProcess(),
        new SpareTime(Ticker.SYSTEM));
  }

  /** Begins, unless it has begun before, and returns at once. */
  public void start() {
    if (!parts.isEmpty() && begun.compareAndSet(false, true)) {
      Threads.ofLowPriority("rehearsal", this::run).start();
    }
  }

  /**
   * Begins, and returns when it has ended, after {@link #LONGEST_WAIT}, or when the machine has no
   * time to spare for it; never throws.
   */
  public void await() {
    start();
    if (begun.get() && !await(worthWaiting, LONGEST_WAIT)) {
      LOG.log(System.Logger.Level.INFO, "the rehearsal goes on beside requests");
    }
  }

  private static boolean await(CountDownLatch latch, Duration patience) {
    try {
      return latch.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private void run() {
    Deadline end = Deadline.after(WALL, Ticker.SYSTEM);
    try {
      if (awaitSpareTime(end)) {
        rehearse(end);
      }
    } finally {
      worthWaiting.countDown();
      ended.countDown();
    }
  }

  /** False when there was none until the end. */
  private boolean awaitSpareTime(Deadline end) {
    for (int trials = 1; closed.getCount() > 0 && !end.passed(); trials++) {
      if (spareTime.getAsBoolean()) {
        return true;
      }
      if (trials >= MAX_TRIALS && worthWaiting.getCount() > 0) {
        LOG.log(System.Logger.Level.INFO, "too busy to rehearse; maybe later");
        worthWaiting.countDown();
      }
      var unused = await(closed, PAUSE);
    }
    if (end.passed()) {
      LOG.log(System.Logger.Level.INFO, "not rehearsing any more: the machine was always busy");
    }
    return false;
  }

  private void rehearse(Deadline end) {
    RehearsalProgress progress =
        new RehearsalProgress(
            work, Ticker.SYSTEM, CPU, end.remaining(), () -> closed.getCount() == 0);
    List<Exercise> exercises = new ArrayList<>();
    try {
      parts.forEach(part -> exercises.add(part.apply(sources)));
      while (progress.goesOn() && awaitSpareTime(end)) {
        exercises.forEach(exercise -> exercise.round(progress));
        progress.round();
      }
      LOG.log(System.Logger.Level.INFO, "rehearsed for {0}", progress.told());
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.WARNING, "the rehearsal failed after " + progress.told(), e);
    } finally {
      exercises.forEach(Exercise::close);
    }
  }

  /** Ends it; returns when it has ended, or after a second. */
  @Override
  public void close() {
    closed.countDown();
    if (begun.get() && !await(ended, LAST_STEP)) {
      LOG.log(System.Logger.Level.DEBUG, "the last step of the rehearsal goes on");
    }
  }
}
