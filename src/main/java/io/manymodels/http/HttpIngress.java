package io.manymodels.http;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.Environment;
import io.manymodels.deployment.Dispatcher;
import io.manymodels.deployment.NodeAddress;
import io.manymodels.deployment.NodeSockets;
import io.manymodels.deployment.RayDispatcher;
import io.manymodels.json.UserConfigJson;
import io.manymodels.threads.Awaiting;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.manymodels.transport.EventLoops;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The callable that Ray Serve knows as Dispatcher: HTTP in, HTTP out; through Ray's Python proxy,
 * through its HAProxy, and over a shared port where the environment names one. Thread-safe. No
 * method throws: Serve would call a throwing replica again and never see it idle
 * (RayServeReplicaImpl.handleRequest, Ray 2.60.0).
 */
public final class HttpIngress {
  private static final System.Logger LOG = System.getLogger(HttpIngress.class.getName());

  /** Past every deadline that a request can have. */
  private static final Duration MAX_ANSWER = Duration.ofSeconds(700);

  /** A thread that is blocked longer keeps others waiting. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Answers answers;
  private final Dispatcher<DeploymentMap> dispatcher;
  private final Optional<EventLoops> loops;
  private final Optional<DirectIngress> direct;

  /**
   * Called by Serve.
   *
   * @param applicationJson the application's configuration, as its builder wrote it
   * @param deployment this deployment's Serve name
   */
  public HttpIngress(String applicationJson, String deployment) {
    this(UserConfigJson.application(applicationJson), Environment.ofProcess());
  }

  private HttpIngress(ApplicationConfig application, Environment environment) {
    EventLoops started = EventLoops.start("dispatcher-io");
    this.loops = Optional.of(started);
    this.dispatcher = RayDispatcher.start(application, started, DeploymentMap::of);
    this.answers = new Answers(new Routes(dispatcher, AdminToken.from(environment)));
    String nodeAddress = NodeAddress.ofThisNode();
    DirectIngress ingress =
        new DirectIngress(
            nodeAddress, NodeSockets.ofRay(), started, answers, new DispatcherState(dispatcher));
    this.direct = Optional.of(ingress);
    DirectAddress.from(environment, () -> nodeAddress).ifPresent(ingress::share);
  }

  HttpIngress(Dispatcher<DeploymentMap> dispatcher, AdminToken adminToken) {
    this.dispatcher = dispatcher;
    this.answers = new Answers(new Routes(dispatcher, adminToken));
    this.loops = Optional.empty();
    this.direct = Optional.empty();
  }

  /** Called by Serve with the user_config as JSON text. */
  public @Nullable Object reconfigure(Object userConfig) {
    dispatcher.reconfigure(userConfig);
    return null;
  }

  /** Called by Serve: unhealthy, and so replaced, when the threads that answer are blocked. */
  public boolean checkHealth() {
    return loops.map(all -> all.responsive(PATIENCE)).orElse(true);
  }

  /**
   * Called by Serve's controller, so that its HAProxies can send requests here without Ray (patch
   * p6a of the bridge): see {@link IngressPort#listen}.
   *
   * @param wanted a port in decimal digits
   * @return likewise
   */
  public String ingressPort(String wanted) {
    try {
      int port = Integer.parseInt(wanted);
      return String.valueOf(direct.map(ingress -> ingress.listenForProxies(port)).orElse(0));
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "no port for Serve's proxies", e);
      return "0";
    }
  }

  /** Called by Serve for each request: an {@link Envelope} in, one out. */
  public String call(String envelope) {
    return Envelope.write(answer(envelope), dispatcher.config().maxBodyBytes());
  }

  private HttpResponse answer(String envelope) {
    String id = "";
    try {
      IngressRequest request = Envelope.read(envelope);
      id = request.id();
      Deadline deadline = Deadline.after(MAX_ANSWER, Ticker.SYSTEM);
      return Awaiting.result(answers.to(request, Runnable::run), deadline, "no answer in time");
    } catch (RuntimeException | Error e) {
      return Answers.failure(e, id);
    }
  }

  /**
   * Called by Serve when the replica is to end and Ray's calls have been answered
   * (RayServeReplicaImpl.prepareForShutdown, Ray 2.60.0): answers what came over its own port, too.
   */
  public void del() {
    direct.ifPresent(DirectIngress::drain);
    dispatcher.close();
  }
}
