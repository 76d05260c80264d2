package io.manymodels.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.routing.PredictCodec;
import io.manymodels.routing.Predictor;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;
import io.manymodels.transport.Endpoint;
import io.manymodels.transport.Endpoints;
import io.manymodels.transport.EventLoops;
import io.manymodels.transport.PredictServer;
import io.manymodels.transport.TransportTls;
import java.time.Duration;
import java.util.Optional;

/**
 * How a replica's predictions are asked for: over its own port, and through Ray, which also tells
 * where the port is. Thread-safe.
 */
final class ReplicaPort {
  /**
   * The replicas' method that tells their {@link Endpoint}, as JSON; of port 0 when there is none.
   */
  static final String ENDPOINT = "endpoint";

  /** The value of {@link Setting#TRANSPORT} for no ports of our own. */
  private static final String BY_RAY = "ray";

  /** A thread that is blocked longer keeps others waiting. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Predictor predictor;
  private final Optional<EventLoops> loops;
  private final Optional<PredictServer> server;

  private ReplicaPort(
      Predictor predictor, Optional<EventLoops> loops, Optional<PredictServer> server) {
    this.predictor = predictor;
    this.loops = loops;
    this.server = server;
  }

  /** Listens on this node's address, unless the environment says that Ray's calls are to do. */
  static ReplicaPort open(Predictor predictor, Environment environment) {
    if (!ownPorts(environment)) {
      return new ReplicaPort(predictor, Optional.empty(), Optional.empty());
    }
    EventLoops loops = EventLoops.start("predict-server");
    PredictServer server =
        PredictServer.start(
            NodeAddress.ofThisNode(), loops, predictor, TransportTls.from(environment));
    return new ReplicaPort(predictor, Optional.of(loops), Optional.of(server));
  }

  /** Throws {@link IllegalArgumentException} when the environment says something unknown. */
  static boolean ownPorts(Environment environment) {
    return !environment.required(Setting.TRANSPORT).equals(BY_RAY);
  }

  /** Whether the threads that answer are not blocked; waits a second at most to know. */
  boolean healthy() {
    return loops.map(all -> all.responsive(PATIENCE)).orElse(true);
  }

  private record EndpointJson(String host, int port, String token, boolean tls, String socket) {}

  /** Where this replica listens, as JSON. */
  byte[] endpoint() {
    EndpointJson json =
        server
            .map(PredictServer::endpoint)
            .map(at -> new EndpointJson(at.host(), at.port(), at.token(), at.tls(), at.socket()))
            .orElse(new EndpointJson("", 0, "", false, ""));
    return Json.write(json).getBytes(UTF_8);
  }

  /** Asks replicas for their endpoints through {@code client}. */
  static Endpoints endpoints(ReplicaClient client) {
    return (ReplicaId replica, Deadline deadline) -> {
      byte[] answer = client.call(replica, ENDPOINT, new byte[] {0}, deadline);
      EndpointJson json = Json.read(new String(answer, UTF_8), EndpointJson.class);
      if (json.port() == 0) {
        throw new ServingException(ErrorCode.NO_REPLICA, "it has no port of its own");
      }
      return new Endpoint(json.host(), json.port(), json.token(), json.tls(), json.socket());
    };
  }

  /** A PredictRequest frame in, a PredictReply frame out: a call through Ray. */
  byte[] predict(byte[] frame) {
    return PredictCodec.encode(predictor.answer(PredictCodec.decodeRequest(frame)));
  }
}
