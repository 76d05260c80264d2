package io.manymodels.scoring;

import io.manymodels.measuring.Count;
import io.manymodels.measuring.Measure;
import io.manymodels.measuring.Measurements;
import io.manymodels.measuring.RequestOutcome;
import io.manymodels.measuring.TenantLog;
import io.manymodels.measuring.Timing;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.scoring.ScoreRequests.Scored;
import io.manymodels.stats.Served;
import io.manymodels.stats.TrafficCounter;
import io.manymodels.threads.Completions;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** Counts how requests for predictions end, in all and by tenant. Thread-safe; takes no lock. */
final class ScoredCounts {
  private static final String OK = "ok";

  private final TenantLog tenants;
  private final String overflowName;
  private final TrafficCounter traffic;
  private final Measurements measurements;
  private final Count byHot;
  private final Count byOverflow;
  private final Timing turn;
  private final Timing hot;
  private final Timing overflow;

  private final Map<ErrorCode, Count> failures = new EnumMap<>(ErrorCode.class);

  /**
   * @param overflowName Serve name of Deploymentx
   */
  ScoredCounts(String overflowName, TrafficCounter traffic, Measurements measurements) {
    this.overflowName = overflowName;
    this.traffic = traffic;
    this.measurements = measurements;
    this.tenants = measurements.tenants();
    this.byHot = measurements.count(Measure.PREDICTIONS, "hot", OK);
    this.byOverflow = measurements.count(Measure.PREDICTIONS, "overflow", OK);
    this.turn = measurements.timing(Measure.HOP_SECONDS, "turn");
    this.hot = measurements.timing(Measure.HOP_SECONDS, "hot");
    this.overflow = measurements.timing(Measure.HOP_SECONDS, "overflow");
    for (ErrorCode code : ErrorCode.values()) {
      failures.put(code, measurements.count(Measure.PREDICTIONS, "none", code.wireName()));
    }
  }

  /** Has the lengths of queues read when they are asked for. */
  void queues(IntSupplier inFlight, IntSupplier waiting) {
    measurements.level(inFlight::getAsInt, Measure.QUEUE_LENGTH, "in_flight");
    measurements.level(waiting::getAsInt, Measure.QUEUE_LENGTH, "turns");
  }

  /** How long requests wait for their turn. */
  Timing turn() {
    return turn;
  }

  /** How long hot replicas take, the way there and back included. */
  Timing hot() {
    return hot;
  }

  /** Likewise of Deploymentx. */
  Timing overflow() {
    return overflow;
  }

  /** A request has ended, by one of the two. */
  void ended(TenantId tenant, @Nullable Scored scored, @Nullable Throwable failure, long nanos) {
    if (scored != null) {
      answered(scored, nanos);
    } else {
      @Nullable Throwable cause = failure == null ? null : Completions.cause(failure);
      failed(
          tenant,
          cause instanceof ServingException known ? known.code() : ErrorCode.INTERNAL,
          nanos);
    }
  }

  private void answered(Scored scored, long nanos) {
    Predicted answer = scored.predicted();
    Served served = served(scored);
    traffic.record(answer.ref(), served, answer.cost());
    (served == Served.HIT ? byHot : byOverflow).increment();
    tenants.record(answer.ref().tenant(), outcome(served), nanos);
  }

  private Served served(Scored scored) {
    if (!scored.deployment().equals(overflowName)) {
      return Served.HIT;
    }
    return scored.predicted().waited() ? Served.LOAD : Served.OVERFLOW_HIT;
  }

  private static RequestOutcome outcome(Served served) {
    return switch (served) {
      case HIT -> RequestOutcome.HIT;
      case OVERFLOW_HIT -> RequestOutcome.OVERFLOW_HIT;
      case LOAD -> RequestOutcome.LOAD;
    };
  }

  /** A request that was not let in. */
  void refused(TenantId tenant, ErrorCode code) {
    failed(tenant, code, 0);
  }

  /** Of a tenant that has no model nothing is kept: anybody can ask for any name. */
  private void failed(TenantId tenant, ErrorCode code, long nanos) {
    Objects.requireNonNull(failures.get(code)).increment();
    if (code != ErrorCode.MODEL_NOT_FOUND) {
      tenants.record(tenant, RequestOutcome.of(code), nanos);
    }
  }
}
