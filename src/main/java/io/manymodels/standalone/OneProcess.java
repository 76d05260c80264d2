package io.manymodels.standalone;

import io.manymodels.access.Gate;
import io.manymodels.access.Gates;
import io.manymodels.application.Dispatcher;
import io.manymodels.application.HotReplica;
import io.manymodels.application.MeasuredFleet;
import io.manymodels.application.OverflowReplica;
import io.manymodels.application.PlacementService;
import io.manymodels.application.PredictionCalls;
import io.manymodels.application.ServedModels;
import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.Environment;
import io.manymodels.grpc.GrpcAddress;
import io.manymodels.grpc.GrpcEdge;
import io.manymodels.holding.RunJournal;
import io.manymodels.holding.RunJournals;
import io.manymodels.holding.VersionSwitch;
import io.manymodels.http.DeploymentMap;
import io.manymodels.http.DirectAddress;
import io.manymodels.http.Draining;
import io.manymodels.http.EdgeOptions;
import io.manymodels.http.HttpEdge;
import io.manymodels.measuring.Measure;
import io.manymodels.measuring.Measurements;
import io.manymodels.measuring.Timing;
import io.manymodels.model.ServingException;
import io.manymodels.observing.RequestObserver;
import io.manymodels.protocol.Protocols;
import io.manymodels.protocol.v2.V2Models;
import io.manymodels.rehearsal.Rehearsal;
import io.manymodels.routing.Postmortem;
import io.manymodels.routing.Postmortems;
import io.manymodels.scoring.Quarantine;
import io.manymodels.stores.Stores;
import io.manymodels.threads.Threads;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.manymodels.tls.ServerTls;
import io.manymodels.transport.EventLoops;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The application in this process: one replica of each deployment, SharedMemory and one Dispatcher,
 * which call each other directly. The process is restarted by what started it, such as systemd or
 * Kubernetes. Thread-safe.
 */
public final class OneProcess implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(OneProcess.class.getName());
  private static final Duration FIRST_TABLE = Duration.ofSeconds(3);
  private static final long PAUSE_MILLIS = 50;
  private static final String LOOPBACK = "127.0.0.1";

  /** Under the 30 s that Kubernetes gives a pod. */
  private static final Duration MAX_DRAIN = Duration.ofSeconds(25);

  private final Stores stores;
  private final EventLoops loops;
  private final LocalReplicas replicas;
  private final PlacementService placement;
  private final Dispatcher<DeploymentMap> dispatcher;
  private final Gate gate;
  private final RequestObserver observer;
  private final HttpEdge edge;
  private final Optional<GrpcEdge> grpc;
  private final ApplicationConfig application;
  private final Optional<ServerTls> tls;
  private final Rehearsal rehearsal;
  private int port;

  private OneProcess(
      Environment environment, ServedApplication served, int port, Optional<GrpcAddress> grpc) {
    this.application = served.application();
    this.tls = ServerTls.from(environment);
    this.gate = Gates.from(environment);
    this.observer = RequestObserver.from(environment, "one-process-" + port);
    this.stores = new Stores(environment);
    // All processors: predictions of quick models run on these threads, and nothing else needs one.
    this.loops = EventLoops.start("http", Runtime.getRuntime().availableProcessors());
    Measurements measurements = stores.measurements();
    Timing lag = measurements.timing(Measure.EVENT_LOOP_LAG_SECONDS);
    measurements.beforeReports(() -> loops.lag(lag::record));
    Quarantine quarantine = new Quarantine(Ticker.SYSTEM);
    RunJournal journal = journal(stores.runJournals(), port, quarantine);
    Map<String, HotReplica> hot = new LinkedHashMap<>();
    for (String name : application.hot()) {
      hot.put(name, new HotReplica(name, stores.models(), journal));
    }
    OverflowReplica overflow =
        new OverflowReplica(LocalReplicas.only(application.overflow()), stores.models(), journal);
    this.replicas =
        new LocalReplicas(application, hot, overflow, observer.tracing(), loops.clock());
    this.placement =
        new PlacementService(
            application,
            replicas,
            replicas,
            replicas,
            stores.placement(),
            stores.registry(),
            MeasuredFleet.ofOneProcess());
    this.dispatcher =
        new Dispatcher<>(
            LocalReplicas.only(application.dispatcher()).name(),
            application,
            replicas,
            placement.calls(),
            replicas,
            new PredictionCalls(
                replicas,
                Postmortems.NONE,
                CompletableFuture.delayedExecutor(
                    PAUSE_MILLIS, TimeUnit.MILLISECONDS, loops.clock())),
            quarantine,
            measurements,
            DeploymentMap::of);
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
            LOOPBACK,
            Optional.empty());
    this.grpc =
        grpc.map(
            at ->
                new GrpcEdge(
                    at, v2, gate, observer, loops, tls.map(ServerTls::context), measurements));
    configure(served);
    VersionSwitch[] switches =
        Stream.concat(
                hot.values().stream().map(HotReplica::versions), Stream.of(overflow.versions()))
            .toArray(VersionSwitch[]::new);
    stores.watch(switches).start();
    this.rehearsal =
        Rehearsal.of(environment, stores::apart, Rehearsal.Part.HOT, Rehearsal.Part.OVERFLOW);
  }

  /**
   * Starts, and returns when requests are answered. While the placement store is away that is so
   * after three seconds: then nobody has a place until it is back.
   *
   * @param environment names the stores
   * @throws IOException when a port cannot be listened on, with its address; nothing has been
   *     started then
   * @throws IllegalArgumentException when the environment holds a value that is not allowed
   */
  public static OneProcess start(
      Environment environment, ServedApplication served, DirectAddress address) throws IOException {
    Optional<GrpcAddress> grpc = GrpcAddress.from(environment, address::host);
    requireFree(address.host(), address.port());
    if (grpc.isPresent()) {
      requireFree(grpc.get().host(), grpc.get().port());
    }
    OneProcess process = new OneProcess(environment, served, address.port(), grpc);
    try {
      // Before placement: another process that has the port may have the placement state as well.
      process.port = process.edge.listen(address, process.tls);
      if (process.grpc.isPresent()) {
        process.grpc.get().listen();
      }
      process.placement.start();
      if (!process.dispatcher.awaitTable(Deadline.after(FIRST_TABLE, Ticker.SYSTEM))) {
        LOG.log(
            System.Logger.Level.WARNING,
            "no placement table yet; all tenants go to {0}",
            served.application().overflow());
        process.dispatcher.beginWithoutTable();
      }
      process.edge.accept();
      process.grpc.ifPresent(GrpcEdge::accept);
      Threads.daemon("registry-check", process::checkRegistry).start();
      // Beside the first requests: they are not answered later than they would be without.
      process.rehearsal.start();
      return process;
    } catch (IOException | RuntimeException e) {
      process.close();
      throw e;
    }
  }

  /** Says so when the registry is away; as soon as it is back, models are loaded again. */
  private void checkRegistry() {
    try {
      stores.registry().check();
    } catch (ServingException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "the registry is away, so no model can be loaded until it is back: {0}",
          e.getMessage());
    }
  }

  private static void requireFree(String host, int port) throws IOException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(host, port));
    } catch (IOException e) {
      throw new IOException(host + ":" + port + ": " + e.getMessage(), e);
    }
  }

  /**
   * The journal of this process. The one before on this port may have left a model behind that
   * crashed it: requests like the one that did are refused for a while.
   */
  private static RunJournal journal(RunJournals journals, int port, Quarantine quarantine) {
    String name = "one-process-" + (port == 0 ? "of-" + ProcessHandle.current().pid() : port);
    journals.read(name).flatMap(Postmortem::crashed).ifPresent(quarantine::add);
    return journals.open(name);
  }

  /** The port on which it listens. */
  public int port() {
    return port;
  }

  /** Its gRPC; empty when there is none. */
  public Optional<GrpcEdge> grpc() {
    return grpc;
  }

  /**
   * Puts changed user_configs in force; each deployment takes its own, or refuses it and says so in
   * the status.
   *
   * @throws IllegalArgumentException when it has other deployments, which takes a restart
   */
  public void reconfigure(ServedApplication changed) {
    if (!changed.application().equals(application)) {
      throw new IllegalArgumentException(
          "hot_deployments: "
              + changed.application().hot().size()
              + " takes a restart; there are "
              + application.hot().size());
    }
    configure(changed);
  }

  private void configure(ServedApplication served) {
    for (String name : application.holding()) {
      replicas.reconfigure(name, served.userConfig(name));
    }
    placement.reconfigure(served.userConfig(application.sharedMemory()));
    placement.lookAnew();
    dispatcher.reconfigure(served.userConfig(application.dispatcher()));
  }

  /** Notes why a changed configuration is not in force; the status says so. */
  public void refuseConfig(String why) {
    dispatcher.refuseConfig(why);
  }

  /**
   * Turns the health checks, goes on answering for {@code lead}, then answers what is under way and
   * closes. Returns when all is closed, 25 s after the lead at most.
   */
  public void drain(Duration lead) {
    Duration longest = lead.plus(MAX_DRAIN);
    CompletableFuture<Void> drained = drainGrpc(lead, longest);
    edge.drain(new Draining(lead, longest, true));
    drained.join();
    close();
  }

  /** Ends in time by itself. */
  private CompletableFuture<Void> drainGrpc(Duration lead, Duration longest) {
    return grpc.map(edge -> edge.drain(lead, longest))
        .orElseGet(() -> CompletableFuture.completedFuture(null));
  }

  @Override
  public void close() {
    rehearsal.close();
    dispatcher.close();
    placement.close();
    replicas.close();
    gate.close();
    observer.close();
    stores.close();
    tls.ifPresent(ServerTls::close);
    loops.close();
  }
}
