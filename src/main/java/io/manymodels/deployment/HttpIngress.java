package io.manymodels.deployment;

import io.manymodels.access.Gate;
import io.manymodels.access.Gates;
import io.manymodels.application.Dispatcher;
import io.manymodels.application.ServedModels;
import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.Environment;
import io.manymodels.grpc.GrpcAddress;
import io.manymodels.grpc.GrpcEdge;
import io.manymodels.http.DeploymentMap;
import io.manymodels.http.DirectAddress;
import io.manymodels.http.Draining;
import io.manymodels.http.EdgeOptions;
import io.manymodels.http.HttpEdge;
import io.manymodels.json.UserConfigJson;
import io.manymodels.measuring.Measure;
import io.manymodels.measuring.Measurements;
import io.manymodels.measuring.Timing;
import io.manymodels.observing.RequestObserver;
import io.manymodels.protocol.Protocols;
import io.manymodels.protocol.v2.V2Models;
import io.manymodels.stores.Stores;
import io.manymodels.tls.ServerTls;
import io.manymodels.transport.EventLoops;
import io.ray.serve.api.Serve;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The callable that Ray Serve knows as Dispatcher: HTTP in, HTTP out; through Ray's Python proxy,
 * through its HAProxy, and over a shared port where the environment names one. Thread-safe. No
 * method throws: Serve would call a throwing replica again and never see it idle
 * (RayServeReplicaImpl.handleRequest, Ray 2.60.0).
 */
public final class HttpIngress {
  private static final System.Logger LOG = System.getLogger(HttpIngress.class.getName());

  private final HttpEdge edge;
  private final Optional<GrpcEdge> grpc;
  private final Dispatcher<DeploymentMap> dispatcher;
  private final EventLoops loops;
  private final Stores stores;
  private final Optional<ServerTls> tls;
  private final Gate gate;
  private final RequestObserver observer;

  /**
   * Called by Serve.
   *
   * @param applicationJson the application's configuration, as its builder wrote it
   * @param deployment this deployment's Serve name
   */
  public HttpIngress(String applicationJson, String deployment) {
    ApplicationConfig application = UserConfigJson.application(applicationJson);
    Environment environment = Environment.ofProcess();
    this.gate = Gates.from(environment);
    this.tls = ServerTls.from(environment);
    this.loops = EventLoops.start("dispatcher-io");
    this.observer = RequestObserver.from(environment, Serve.getReplicaContext().getReplicaTag());
    this.stores = new Stores(environment);
    Measurements measurements = stores.measurements();
    Timing lag = measurements.timing(Measure.EVENT_LOOP_LAG_SECONDS);
    measurements.beforeReports(() -> loops.lag(lag::record));
    this.dispatcher = RayDispatcher.start(application, loops, measurements, DeploymentMap::of);
    String nodeAddress = NodeAddress.ofThisNode();
    ServedModels models =
        new ServedModels(
            dispatcher, stores.descriptions(), stores::registry, stores::writableRegistry);
    V2Models v2 = Protocols.v2(models, environment);
    this.edge =
        new HttpEdge(
            dispatcher,
            models,
            Protocols.doors(models, v2),
            gate,
            EdgeOptions.from(environment),
            observer,
            loops,
            nodeAddress,
            NodeSockets.ofRay());
    Optional<DirectAddress> direct = DirectAddress.from(environment, () -> nodeAddress);
    direct.ifPresent(address -> edge.share(address, tls));
    this.grpc =
        GrpcAddress.from(environment, () -> direct.map(DirectAddress::host).orElse(nodeAddress))
            .map(
                at ->
                    new GrpcEdge(
                        at, v2, gate, observer, loops, tls.map(ServerTls::context), measurements));
    grpc.ifPresent(GrpcEdge::share);
  }

  /** With an edge of its own; for tests. */
  HttpIngress(Dispatcher<DeploymentMap> dispatcher, HttpEdge edge, EventLoops loops) {
    this.gate = Gates.from(Environment.empty());
    this.observer = RequestObserver.NONE;
    this.dispatcher = dispatcher;
    this.edge = edge;
    this.grpc = Optional.empty();
    this.loops = loops;
    this.stores = new Stores(Environment.empty());
    this.tls = Optional.empty();
  }

  /** Called by Serve with the user_config as JSON text. */
  public @Nullable Object reconfigure(Object userConfig) {
    dispatcher.reconfigure(userConfig);
    return null;
  }

  /** Called by Serve: unhealthy, and so replaced, when the threads that answer are blocked. */
  public boolean checkHealth() {
    return loops.responsive();
  }

  /**
   * Called by Serve's controller, so that its HAProxies can send requests here without Ray (patch
   * p6a of the bridge): see {@link HttpEdge#listenForProxies}.
   *
   * @param wanted a port in decimal digits
   * @return likewise
   */
  public String ingressPort(String wanted) {
    try {
      return String.valueOf(edge.listenForProxies(Integer.parseInt(wanted)));
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "no port for Serve's proxies", e);
      return "0";
    }
  }

  /** Called by Serve for each request: an envelope in, one out ({@link HttpEdge#answer}). */
  public String call(String envelope) {
    return edge.answer(envelope);
  }

  /**
   * Called by Serve when the replica is to end and Ray's calls have been answered
   * (RayServeReplicaImpl.prepareForShutdown, Ray 2.60.0): answers what came over its own port, too.
   */
  public void del() {
    CompletableFuture<Void> drained =
        grpc.map(port -> port.drain(Duration.ZERO, Draining.REPLICA.longest()))
            .orElseGet(() -> CompletableFuture.completedFuture(null));
    edge.drain();
    drained.join();
    dispatcher.close();
    gate.close();
    observer.close();
    stores.close();
    tls.ifPresent(ServerTls::close);
  }
}
