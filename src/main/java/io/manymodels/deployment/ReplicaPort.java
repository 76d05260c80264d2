package io.manymodels.deployment;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.deployment.Messages.Nothing;
import io.manymodels.json.Wire;
import io.manymodels.measuring.Measure;
import io.manymodels.measuring.Measurements;
import io.manymodels.measuring.Timing;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.routing.PredictCodec;
import io.manymodels.routing.Predictor;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.TracedPredictor;
import io.manymodels.tracing.Tracings;
import io.manymodels.transport.ControlMethods;
import io.manymodels.transport.Endpoint;
import io.manymodels.transport.EventLoops;
import io.manymodels.transport.PredictServer;
import io.manymodels.transport.TransportTls;
import java.util.Optional;

/**
 * How a replica is asked for predictions and called by others: over its own port, and through Ray,
 * which also tells where the port is. Thread-safe.
 */
final class ReplicaPort {
  /** The value of {@link Setting#TRANSPORT} for no ports of our own. */
  private static final String BY_RAY = "ray";

  private final Predictor predictor;
  private final Optional<EventLoops> loops;
  private final Optional<PredictServer> server;

  private ReplicaPort(
      Predictor predictor, Optional<EventLoops> loops, Optional<PredictServer> server) {
    this.predictor = predictor;
    this.loops = loops;
    this.server = server;
  }

  /**
   * Listens on this node's address, unless the environment says that Ray's calls are to do.
   *
   * @param methods that others call, beside {@link #endpoint} and {@link #predict}
   */
  static ReplicaPort open(Predictor predictor, ControlMethods methods, Environment environment) {
    if (!ownPorts(environment)) {
      return closed(predictor);
    }
    EventLoops loops = EventLoops.start("replica-port");
    PredictServer server =
        PredictServer.start(
            NodeAddress.ofThisNode(), loops, predictor, methods, TransportTls.from(environment));
    return new ReplicaPort(predictor, Optional.of(loops), Optional.of(server));
  }

  /** What {@code self} predicts, traced if the environment says so. */
  static Predictor traced(ReplicaId self, Predictor predictor, Environment environment) {
    return new TracedPredictor(predictor, Tracings.from(environment, self.name()), self);
  }

  /** Leaves everything to Ray's calls. */
  static ReplicaPort closed(Predictor predictor) {
    return new ReplicaPort(predictor, Optional.empty(), Optional.empty());
  }

  /** Throws {@link IllegalArgumentException} when the environment says something unknown. */
  static boolean ownPorts(Environment environment) {
    return !environment.required(Setting.TRANSPORT).equals(BY_RAY);
  }

  /** Whether the threads that answer are not blocked; waits three seconds at most to know. */
  boolean healthy() {
    return loops.map(EventLoops::responsive).orElse(true);
  }

  /** Has the lag of its event loops measured. */
  void measure(Measurements measurements) {
    Timing lag = measurements.timing(Measure.EVENT_LOOP_LAG_SECONDS);
    loops.ifPresent(own -> measurements.beforeReports(() -> own.lag(lag::record)));
  }

  /** Its event loops; empty when it has no port. */
  Optional<EventLoops> loops() {
    return loops;
  }

  /** Where this replica listens: an {@link Endpoint} out; {@code NO_REPLICA} when nowhere. */
  byte[] endpoint(byte[] nothing) {
    return Wire.answer(
        nothing,
        Nothing.class,
        asked ->
            server
                .map(PredictServer::endpoint)
                .orElseThrow(
                    () -> new ServingException(ErrorCode.NO_REPLICA, "it has no port of its own")));
  }

  /** A PredictRequest frame in, a PredictReply frame out: a call through Ray. */
  byte[] predict(byte[] frame) {
    return PredictCodec.encode(predictor.answer(PredictCodec.decodeRequest(frame)));
  }
}
