package io.manymodels.serving;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.inference.FeatureRows;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.PredictCodec;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.PredictRequest;
import io.manymodels.routing.Router;
import io.manymodels.stats.Served;
import io.manymodels.stats.TrafficCounter;
import io.manymodels.time.Deadline;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Scores requests: at the hot deployment where the tenant is placed; at Deploymentx when it is not,
 * or when the hot replica is lost, silent, or does not hold the model. Thread-safe.
 */
public final class ScoreRequests {
  /** The replicas' method that takes a {@link PredictRequest} frame. */
  public static final String PREDICT = "predict";

  private final ApplicationConfig application;
  private final Router router;
  private final Supplier<PlacementTable> newest;
  private final TrafficCounter traffic;
  private final InFlightLimits inFlight = new InFlightLimits();
  private volatile DispatcherConfig config = DispatcherConfig.DEFAULT;

  /**
   * @param newest the newest table there is, for a request whose own has been overtaken
   */
  public ScoreRequests(
      ApplicationConfig application,
      Router router,
      Supplier<PlacementTable> newest,
      TrafficCounter traffic) {
    this.application = application;
    this.router = router;
    this.newest = newest;
    this.traffic = traffic;
  }

  /** What was computed, and where. */
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
   * Scores one request, routed by {@code table}.
   *
   * @throws ServingException with any code that the table in CONTRACT.md gives for /score
   */
  public Scored score(TenantId tenant, FeatureRows rows, PlacementTable table, Deadline deadline) {
    DispatcherConfig now = config;
    inFlight.enter(tenant, now.maxInFlight(), now.maxInFlightPerTenant());
    try {
      Duration attempt = Duration.ofMillis(now.attemptTimeoutMs());
      Optional<Scored> hot = scoreHot(table, tenant, rows, deadline.atMost(attempt), deadline);
      Scored scored = hot.isPresent() ? hot.get() : scoreElsewhere(tenant, rows, deadline);
      Predicted answer = scored.predicted();
      traffic.record(answer.ref(), served(scored), answer.cost());
      return scored;
    } finally {
      inFlight.leave(tenant);
    }
  }

  private Served served(Scored scored) {
    if (!scored.deployment().equals(application.overflow())) {
      return Served.HIT;
    }
    return scored.predicted().waited() ? Served.LOAD : Served.OVERFLOW_HIT;
  }

  /** Where the table places the tenant; empty when no hot deployment can answer but another may. */
  private Optional<Scored> scoreHot(
      PlacementTable table,
      TenantId tenant,
      FeatureRows rows,
      Deadline attempt,
      Deadline deadline) {
    return table
        .placement(tenant)
        .flatMap(placement -> scoreHot(placement, tenant, rows, attempt, deadline));
  }

  /**
   * At Deploymentx. While that has no replica, a hot replica that was only silent, or that the
   * tenant has moved to since, is waited for: late is better than refused.
   */
  private Scored scoreElsewhere(TenantId tenant, FeatureRows rows, Deadline deadline) {
    try {
      return scoreOverflow(tenant, rows, deadline);
    } catch (ServingException e) {
      if (e.code() != ErrorCode.NO_REPLICA) {
        throw e;
      }
      return scoreHot(newest.get(), tenant, rows, deadline, deadline).orElseThrow(() -> e);
    }
  }

  private Optional<Scored> scoreHot(
      Placement placement, TenantId tenant, FeatureRows rows, Deadline attempt, Deadline deadline) {
    PredictReply reply;
    try {
      reply =
          PredictCodec.decodeReply(
              router.call(placement.deployment(), PREDICT, frame(tenant, rows, attempt), attempt));
    } catch (ServingException e) {
      if (deadline.passed()) {
        throw e;
      }
      return Optional.empty();
    }
    if (reply instanceof NotHere) {
      return Optional.empty();
    }
    return Optional.of(answer(placement.deployment(), tenant, reply));
  }

  private Scored scoreOverflow(TenantId tenant, FeatureRows rows, Deadline deadline) {
    byte[] frame = frame(tenant, rows, deadline);
    byte[] reply =
        router.callByAffinity(application.overflow(), tenant.value(), PREDICT, frame, deadline);
    return answer(application.overflow(), tenant, PredictCodec.decodeReply(reply));
  }

  private static byte[] frame(TenantId tenant, FeatureRows rows, Deadline deadline) {
    if (deadline.passed()) {
      throw new ServingException(
          ErrorCode.DEADLINE_EXCEEDED, "the deadline passed before a model was asked");
    }
    return PredictCodec.encode(new PredictRequest(tenant, rows, deadline.remainingMillis()));
  }

  private static Scored answer(String deployment, TenantId tenant, PredictReply reply) {
    if (reply instanceof Failed failed) {
      throw failed.toException();
    }
    if (reply instanceof Predicted predicted && predicted.ref().tenant().equals(tenant)) {
      return new Scored(deployment, predicted);
    }
    throw new ServingException(
        ErrorCode.INTERNAL, deployment + " did not answer for tenant '" + tenant + "'");
  }
}
