package io.manymodels.scoring;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.measuring.Measurements;
import io.manymodels.measuring.Timing;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.ModelCrashedException;
import io.manymodels.routing.PredictCall;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.Router;
import io.manymodels.routing.RunningPrediction;
import io.manymodels.stats.TrafficCounter;
import io.manymodels.tensor.Rows;
import io.manymodels.threads.Completions;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.manymodels.tracing.Span;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Scores requests: at the hot deployment where the tenant is placed; at Deploymentx when it is not,
 * or when the hot replica is lost, silent, or does not hold the model. Thread-safe; never waits.
 */
public final class ScoreRequests {
  /** The share of the requests in flight that may wait for a replica. */
  private static final double WAITING_SHARE = 0.25;

  private static final int PAUSES_AFTER_CRASH = 4;

  private final ApplicationConfig application;
  private final Router router;
  private final Supplier<PlacementTable> newest;
  private final Executor later;
  private final InFlightLimits inFlight = new InFlightLimits();
  private final Turns turns;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Quarantine quarantine;
  private final Ticker ticker;
  private final ScoredCounts counts;
  private volatile DispatcherConfig config = DispatcherConfig.DEFAULT;

  /**
   * @param newest the newest table there is, for a request whose own has been overtaken
   * @param later runs what it is given after a short pause, and must not be blocked
   * @param atOnce requests of one tenant that are made at once even if it asks more than all others
   * @param measurements of this process
   */
  public ScoreRequests(
      ApplicationConfig application,
      Router router,
      Supplier<PlacementTable> newest,
      TrafficCounter traffic,
      Quarantine quarantine,
      Executor later,
      int atOnce,
      Measurements measurements,
      Ticker ticker) {
    this.ticker = ticker;
    this.turns = new Turns(inFlight, atOnce, ticker);
    this.counts = new ScoredCounts(application.overflow(), traffic, measurements);
    counts.queues(inFlight::total, turns::waiting);
    this.quarantine = quarantine;
    this.application = application;
    this.router = router;
    this.newest = newest;
    this.later = later;
  }

  /** The prediction, and the deployment that made it. */
  public record Scored(String deployment, Predicted predicted) {}

  public void reconfigure(DispatcherConfig changed) {
    config = changed;
  }

  public DispatcherConfig config() {
    return config;
  }

  /** Requests under way now. */
  public int inFlight() {
    return inFlight.total();
  }

  /**
   * Scores one request, routed by {@code table}. What hangs on the answer may run on a thread that
   * must not be blocked.
   *
   * @param span of the request
   * @return fails with {@link ServingException} of any code that docs/errors.md lists for /score
   */
  public CompletableFuture<Scored> score(
      TenantId tenant, Rows rows, PlacementTable table, Deadline deadline, Span span) {
    DispatcherConfig now = config;
    long begun = ticker.nanos();
    int underWay;
    try {
      underWay = inFlight.enter(tenant, now.maxInFlight(), now.maxInFlightPerTenant());
    } catch (ServingException e) {
      counts.refused(tenant, e.code());
      return CompletableFuture.failedFuture(e);
    }
    PredictCall call =
        new PredictCall(tenant, rows, quarantine.refusing(tenant, rows), span.child("route"));
    Request request = new Request(call, deadline);
    Duration attempt = Duration.ofMillis(now.attemptTimeoutMs());
    CompletableFuture<Scored> scoring =
        request.result.whenComplete(
            (scored, failure) -> ended(call, scored, failure, ticker.nanos() - begun));
    turns.begin(
        tenant,
        underWay,
        () -> {
          counts.turn().record(ticker.nanos() - begun);
          request.guarded(() -> request.start(table, deadline.atMost(attempt)));
        });
    return scoring;
  }

  private void ended(
      PredictCall call, @Nullable Scored scored, @Nullable Throwable failure, long nanos) {
    inFlight.leave(call.tenant());
    turns.ended(call.tenant());
    counts.ended(call.tenant(), scored, failure, nanos);
    Routes.end(call.span(), scored, failure);
  }

  /** One request on its way from place to place, until its result is there. */
  private final class Request {
    private final TenantId tenant;
    private final PredictCall call;
    private final Deadline deadline;
    private final CompletableFuture<Scored> result = new CompletableFuture<>();

    /** One replica is asked after the other. */
    private long askedAt;

    private Request(PredictCall call, Deadline deadline) {
      this.tenant = call.tenant();
      this.call = call;
      this.deadline = deadline;
    }

    private void start(PlacementTable table, Deadline attempt) {
      Optional<Placement> placement = table.placement(tenant);
      if (placement.isPresent() && !attempt.passed()) {
        atHot(placement.get(), attempt);
      } else {
        atOverflow();
      }
    }

    /** Where the tenant is placed, and at Deploymentx when there is no answer there. */
    private void atHot(Placement placement, Deadline attempt) {
      String deployment = placement.deployment();
      askedAt = ticker.nanos();
      whenAnswered(
          counts.hot(),
          router.predict(deployment, call, attempt),
          answer -> {
            if (answer.leavesItToOthers(deadline)) {
              atOverflow();
            } else {
              complete(deployment, answer);
            }
          });
    }

    /**
     * At Deploymentx. While that has no replica, a hot replica that was only silent, or that the
     * tenant has moved to since, is waited for: late is better than refused.
     */
    private void atOverflow() {
      if (deadline.passed()) {
        throw new ServingException(
            ErrorCode.DEADLINE_EXCEEDED, "the deadline passed before a model was asked");
      }
      askedAt = ticker.nanos();
      whenAnswered(
          counts.overflow(),
          router.predictByAffinity(application.overflow(), call, deadline),
          answer -> {
            @Nullable ServingException noReplica = answer.noReplica();
            if (noReplica != null) {
              atNewPlace(noReplica);
            } else {
              complete(application.overflow(), answer);
            }
          });
    }

    private void atNewPlace(ServingException noReplica) {
      Optional<Placement> placement = newest.get().placement(tenant);
      if (placement.isEmpty()) {
        waitForReplica(noReplica);
        return;
      }
      String deployment = placement.get().deployment();
      askedAt = ticker.nanos();
      whenAnswered(
          counts.hot(),
          router.predict(deployment, call, deadline),
          answer -> {
            if (answer.leavesItToOthers(deadline)) {
              waitForReplica(noReplica);
            } else {
              complete(deployment, answer);
            }
          });
    }

    /** Waits for a replica: as long as the deadline allows, and while not too many do. */
    private void waitForReplica(ServingException noReplica) {
      if (waiting.incrementAndGet() > Math.max(1, (int) (config.maxInFlight() * WAITING_SHARE))) {
        waiting.decrementAndGet();
        throw noReplica;
      }
      later.execute(
          () -> {
            waiting.decrementAndGet();
            guarded(
                () -> {
                  if (deadline.passed()) {
                    throw noReplica;
                  }
                  atOverflow();
                });
          });
    }

    private void whenAnswered(
        Timing way, CompletableFuture<PredictReply> asked, Consumer<ReplicaAnswer> next) {
      var unused =
          asked.whenComplete(
              (reply, failure) ->
                  guarded(
                      () -> {
                        way.record(ticker.nanos() - askedAt);
                        @Nullable Throwable cause =
                            failure == null ? null : Completions.cause(failure);
                        if (cause instanceof ModelCrashedException crash) {
                          crashed(crash);
                        } else {
                          next.accept(new ReplicaAnswer(reply, cause));
                        }
                      }));
    }

    /**
     * Fails without asking anybody else. Not before the other Dispatchers have most likely heard of
     * the crash too: the caller may send the request again, to another of them.
     */
    private void crashed(ModelCrashedException crash) {
      Optional<RunningPrediction> culprit = crash.culprit();
      if (culprit.isEmpty()) {
        throw new ServingException(
            ErrorCode.NO_REPLICA, "several replicas were lost while they had this request");
      }
      quarantine.add(culprit.get());
      ServingException failure = Quarantine.crashed(culprit.get().ref());
      pause(PAUSES_AFTER_CRASH, () -> result.completeExceptionally(failure));
    }

    private void pause(int times, Runnable then) {
      if (times == 0) {
        then.run();
      } else {
        later.execute(() -> pause(times - 1, then));
      }
    }

    /** Whatever goes wrong is the result. */
    private void guarded(Runnable step) {
      try {
        step.run();
      } catch (RuntimeException | Error e) {
        result.completeExceptionally(e);
      }
    }

    private void complete(String deployment, ReplicaAnswer answer) {
      result.complete(new Scored(deployment, answer.predicted(deployment, tenant)));
    }
  }
}
