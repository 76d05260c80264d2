package io.manymodels.holding;

import io.manymodels.loading.SharedModel;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.TenantId;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictRequest;
import io.manymodels.tensor.Rows;
import io.manymodels.threads.BoundedPool;
import io.manymodels.time.Deadline;
import io.manymodels.time.ProcessorTime;
import io.manymodels.time.Ticker;
import io.manymodels.tracing.Span;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a replica predicts: with models that have been quick so far on the thread that asks, which
 * saves the way to another one; with others on a few threads, of which one tenant gets a share
 * only, and its further requests wait in a queue of its own; after each prediction its next one
 * queues up behind those of others. So a slow model takes nobody's turn but its tenant's. The
 * threads of heavy models give way to all other threads of the machine. Thread-safe.
 */
final class PredictionLanes implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PredictionLanes.class.getName());
  private static final int THREADS = 32;
  private static final int WAITING = 4_096;
  private static final int THREADS_OF_ONE = THREADS / 4;
  private static final int WAITING_OF_ONE = 1_024;

  /** A model that has been quick and is not now begins again on a thread of its own. */
  private static final Duration MAX_QUICK = Duration.ofMillis(100);

  private final Ticker ticker;
  private final RunJournal journal;
  private final PredictionTimes times;
  private final ConcurrentMap<TenantId, Lane> lanes = new ConcurrentHashMap<>();
  private final Executor threads;
  private final Executor givingWay;
  private final int threadsOfOne;
  private final Runnable end;

  /** The slow predictions of one tenant; changed by the map's atomic operations only. */
  private static final class Lane {
    private final Queue<SlowPrediction> waiting = new ArrayDeque<>();
    private int running;
  }

  PredictionLanes(Ticker ticker, RunJournal journal, PredictionTimes times) {
    this(
        ticker,
        journal,
        times,
        BoundedPool.of("slow-predictions", THREADS, WAITING),
        BoundedPool.giveWay("heavy-predictions", THREADS, WAITING));
  }

  private PredictionLanes(
      Ticker ticker,
      RunJournal journal,
      PredictionTimes times,
      BoundedPool threads,
      BoundedPool givingWay) {
    this(
        ticker,
        journal,
        times,
        threads,
        givingWay,
        THREADS_OF_ONE,
        () -> {
          threads.shutdown();
          givingWay.shutdown();
        });
  }

  /**
   * With threads of somebody else's.
   *
   * @param givingWay those of heavy models
   * @param threadsOfOne how many of all of them one tenant may have
   */
  PredictionLanes(
      Ticker ticker,
      RunJournal journal,
      PredictionTimes times,
      Executor threads,
      Executor givingWay,
      int threadsOfOne,
      Runnable end) {
    this.ticker = ticker;
    this.journal = journal;
    this.times = times;
    this.threads = threads;
    this.givingWay = givingWay;
    this.threadsOfOne = threadsOfOne;
    this.end = end;
  }

  /**
   * Predicts with a model that the caller has acquired, unless the request refuses it, and releases
   * the model.
   *
   * @param waited whether the request waited until the model was loaded
   * @param answer given once; what is foreseen to go wrong comes as {@link Failed}
   */
  void predict(
      SharedModel model,
      PredictRequest request,
      boolean waited,
      Deadline deadline,
      Consumer<PredictReply> answer) {
    if (request.refuses(model.ref())) {
      model.release();
      answer.accept(PredictRequest.refusal(model.ref()));
      return;
    }
    Rows rows = request.rows();
    Span span = request.span();
    if (!model.pace().quick(rows)) {
      enqueue(new SlowPrediction(model, rows, waited, deadline, span, ticker.nanos(), answer));
      return;
    }
    @Nullable PredictReply reply = predictQuickly(model, rows, waited, deadline, span);
    if (reply == null) {
      enqueue(new SlowPrediction(model, rows, waited, deadline, span, ticker.nanos(), answer));
    } else {
      model.release();
      answer.accept(reply);
    }
  }

  private enum Admission {
    RUN,
    WAIT,
    REFUSE
  }

  private void enqueue(SlowPrediction slow) {
    TenantId tenant = slow.model().ref().tenant();
    AtomicReference<Admission> admission = new AtomicReference<>(Admission.REFUSE);
    lanes.compute(
        tenant,
        (t, found) -> {
          Lane lane = found == null ? new Lane() : found;
          if (lane.running < threadsOfOne) {
            lane.running++;
            admission.set(Admission.RUN);
          } else if (lane.waiting.size() < WAITING_OF_ONE) {
            lane.waiting.add(slow);
            admission.set(Admission.WAIT);
          }
          return lane;
        });
    switch (Objects.requireNonNull(admission.get())) {
      case RUN -> start(tenant, slow);
      case WAIT -> LOG.log(System.Logger.Level.TRACE, "a prediction of {0} waits", tenant);
      case REFUSE ->
          slow.refuse(
              ErrorCode.TENANT_OVER_SHARE,
              "the model of tenant '" + tenant + "' is slow, and too many predictions wait for it");
    }
  }

  private void start(TenantId tenant, SlowPrediction slow) {
    try {
      threadsFor(slow).execute(() -> run(tenant, slow));
    } catch (RejectedExecutionException e) {
      Queue<SlowPrediction> refused = giveBack(tenant);
      refused.add(slow);
      refused.forEach(each -> each.refuse(ErrorCode.OVERLOADED, "too many slow models predict"));
    }
  }

  private Executor threadsFor(SlowPrediction slow) {
    return slow.model().pace().heavy() ? givingWay : threads;
  }

  /** One thread less for the tenant; returns what nobody is left to run. */
  private Queue<SlowPrediction> giveBack(TenantId tenant) {
    Queue<SlowPrediction> left = new ArrayDeque<>();
    lanes.computeIfPresent(
        tenant,
        (t, lane) -> {
          lane.running--;
          if (lane.running > 0) {
            return lane;
          }
          left.addAll(lane.waiting);
          return null;
        });
    return left;
  }

  /** Makes one prediction; the tenant's next one waits behind what others are waiting for. */
  private void run(TenantId tenant, SlowPrediction first) {
    answer(first);
    for (@Nullable SlowPrediction next = next(tenant); next != null; next = next(tenant)) {
      SlowPrediction behind = next;
      try {
        threadsFor(behind).execute(() -> run(tenant, behind));
        return;
      } catch (RejectedExecutionException e) {
        answer(next);
      }
    }
  }

  private void answer(SlowPrediction slow) {
    times.waitedForThread(ticker.nanos() - slow.since());
    if (slow.deadline().passed()) {
      slow.refuse(
          ErrorCode.DEADLINE_EXCEEDED,
          "the deadline passed while slow predictions were waited for");
    } else {
      long before = ProcessorTime.ofThisThread();
      PredictReply reply =
          predict(slow.model(), slow.rows(), slow.waited(), slow.deadline(), slow.span());
      slow.model().pace().computed(ProcessorTime.ofThisThread() - before);
      slow.end(reply);
    }
  }

  /**
   * The next prediction for the thread; null, and one thread less for the tenant, when nothing
   * waits.
   */
  private @Nullable SlowPrediction next(TenantId tenant) {
    AtomicReference<@Nullable SlowPrediction> next = new AtomicReference<>();
    lanes.computeIfPresent(
        tenant,
        (t, lane) -> {
          next.set(lane.waiting.poll());
          if (next.get() == null) {
            lane.running--;
          }
          return lane.running == 0 ? null : lane;
        });
    return next.get();
  }

  /** Null when the model took too long for a thread that others wait for, and gave up. */
  private @Nullable PredictReply predictQuickly(
      SharedModel model, Rows rows, boolean waited, Deadline deadline, Span span) {
    PredictReply reply = predict(model, rows, waited, deadline.atMost(MAX_QUICK), span);
    boolean gaveUp = reply instanceof Failed failed && failed.code() == ErrorCode.DEADLINE_EXCEEDED;
    return gaveUp && !deadline.passed() ? null : reply;
  }

  private PredictReply predict(
      SharedModel model, Rows rows, boolean waited, Deadline deadline, Span span) {
    long start = ticker.nanos();
    int entry = journal.begin(model.ref(), rows);
    try {
      return Predictions.reply(model, rows, waited, deadline, span);
    } finally {
      journal.end(entry);
      long nanos = ticker.nanos() - start;
      model.pace().took(rows, nanos);
      times.predicted(model.ref().tenant(), nanos);
    }
  }

  /** Ends the threads; predictions that run go on. */
  @Override
  public void close() {
    end.run();
  }

  /** Predictions that wait for a thread, of all tenants. */
  int waiting() {
    return lanes.values().stream().mapToInt(lane -> lane.waiting.size()).sum();
  }

  /** Tenants that have predictions under way or waiting. */
  int busyTenants() {
    return lanes.size();
  }
}
