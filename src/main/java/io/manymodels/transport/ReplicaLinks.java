package io.manymodels.transport;

import io.manymodels.routing.PredictCall;
import io.manymodels.routing.PredictClient;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaUnreachableException;
import io.manymodels.threads.BoundedPool;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Asks replicas over their own ports, and by another client those whose port is not known or cannot
 * be reached. Keeps connections to every replica that the directory names. Thread-safe.
 */
public final class ReplicaLinks implements PredictClient, AutoCloseable {
  private static final int THREADS = 4;
  private static final int WAITING = 10_000;
  private static final int MAX_FORMER = 1_024;

  private final ReplicaDirectory directory;
  private final List<String> deployments;
  private final Set<String> loading;
  private final PredictClient otherwise;
  private final EventLoops loops;
  private final Connector connector;
  private final Endpoints endpoints;
  private final Ticker ticker;
  private final List<ConnectionChecks> checks;
  private final BoundedPool blocking;
  private final ConcurrentMap<ReplicaId, Link> links = new ConcurrentHashMap<>();
  private final ConcurrentMap<ReplicaId, String> formerHosts = new ConcurrentHashMap<>();
  private volatile Consumer<ReplicaId> lost = replica -> {};

  /** With no deployment whose replicas load models when they are asked for them. */
  public ReplicaLinks(
      ReplicaDirectory directory,
      Collection<String> deployments,
      PredictClient otherwise,
      EventLoops loops,
      Endpoints endpoints,
      Optional<TransportTls> tls,
      Ticker ticker) {
    this(directory, deployments, Set.of(), otherwise, loops, endpoints, tls, ticker);
  }

  /**
   * @param deployments whose replicas predict
   * @param loading those of them whose replicas load models when they are asked for them
   * @param otherwise asks those that cannot be reached by their port
   */
  public ReplicaLinks(
      ReplicaDirectory directory,
      Collection<String> deployments,
      Set<String> loading,
      PredictClient otherwise,
      EventLoops loops,
      Endpoints endpoints,
      Optional<TransportTls> tls,
      Ticker ticker) {
    this.loading = Set.copyOf(loading);
    this.directory = directory;
    this.deployments = List.copyOf(deployments);
    this.otherwise = otherwise;
    this.loops = loops;
    this.connector = new Connector(loops, tls);
    this.endpoints = endpoints;
    this.ticker = ticker;
    this.checks = loops.all().stream().map(ConnectionChecks::new).toList();
    this.blocking = BoundedPool.of("replica-endpoints", THREADS, WAITING);
    directory.onChange(this::follow);
    follow();
  }

  /** Links for control calls only. */
  public static ReplicaLinks forControl(
      ReplicaDirectory directory,
      Collection<String> deployments,
      EventLoops loops,
      Endpoints endpoints,
      Optional<TransportTls> tls) {
    PredictClient none =
        (replica, call, deadline) ->
            CompletableFuture.failedFuture(
                new ReplicaUnreachableException(replica, "is not asked for predictions"));
    return new ReplicaLinks(directory, deployments, none, loops, endpoints, tls, Ticker.SYSTEM);
  }

  /** Opens links to those who came, and closes those to the ones who left. */
  private synchronized void follow() {
    Set<ReplicaId> named = new HashSet<>();
    deployments.forEach(deployment -> named.addAll(directory.replicas(deployment)));
    links
        .entrySet()
        .removeIf(
            entry -> {
              boolean gone = !named.contains(entry.getKey());
              if (gone) {
                noteHost(entry.getKey(), entry.getValue());
                entry.getValue().close();
              }
              return gone;
            });
    for (ReplicaId replica : named) {
      if (!links.containsKey(replica)) {
        Link link =
            new Link(
                replica,
                loops,
                connector,
                endpoints,
                blocking,
                ticker,
                new ConnectionWatch(checks, limits(replica)),
                () -> lost.accept(replica),
                () -> directory.reportLost(replica));
        links.put(replica, link);
        link.open();
      }
    }
  }

  private Silence.Limits limits(ReplicaId replica) {
    return loading.contains(replica.deployment())
        ? Silence.Limits.LOADING_PROCESS
        : Silence.Limits.PROCESS;
  }

  @Override
  public CompletableFuture<PredictReply> predict(
      ReplicaId replica, PredictCall call, Deadline deadline) {
    @Nullable Link link = links.get(replica);
    if (link == null) {
      return otherwise.predict(replica, call, deadline);
    }
    return switch (link.state()) {
      case CONNECTED -> link.predict(call, deadline);
      case AWAY ->
          CompletableFuture.failedFuture(new ReplicaUnreachableException(replica, "is away"));
      case BY_RAY -> otherwise.predict(replica, call, deadline);
    };
  }

  /**
   * Calls a control method over the replica's own port. Fails with {@link
   * ReplicaUnreachableException} when that is not possible now, or the replica does not know such
   * calls, and with {@link io.manymodels.model.ServingException} as the replica says, or {@code
   * DEADLINE_EXCEEDED}.
   */
  CompletableFuture<byte[]> call(
      ReplicaId replica, String method, byte[] argument, Deadline deadline) {
    ControlCall call = new ControlCall(method, argument, deadline.remainingMillis());
    if (!Frames.fits(call.size())) {
      return CompletableFuture.failedFuture(
          new ReplicaUnreachableException(replica, "cannot be sent so much"));
    }
    return connectedTo(replica, link -> link.call(call, deadline));
  }

  /**
   * Asks for the digest of the replica's state ({@link ControlMethods#digest}). Fails as {@link
   * #call}.
   */
  public CompletableFuture<Long> digest(ReplicaId replica, Deadline deadline) {
    return connectedTo(replica, link -> link.digest(deadline));
  }

  private <T> CompletableFuture<T> connectedTo(
      ReplicaId replica, Function<Link, CompletableFuture<T>> made) {
    @Nullable Link link = links.get(replica);
    return link != null && link.state() == Link.State.CONNECTED
        ? made.apply(link)
        : CompletableFuture.failedFuture(
            new ReplicaUnreachableException(replica, "is not connected"));
  }

  @Override
  public boolean reachable(ReplicaId replica) {
    @Nullable Link link = links.get(replica);
    return link == null || link.state() != Link.State.AWAY;
  }

  /** Has {@code listener} told, on a thread that must not block, of each replica cut off. */
  public void onLost(Consumer<ReplicaId> listener) {
    lost = listener;
  }

  /** Replicas on the node that this one runs on, or did, and that can be asked now. */
  public List<ReplicaId> neighbours(ReplicaId replica) {
    @Nullable Link link = links.get(replica);
    @Nullable String host = link == null ? formerHosts.get(replica) : link.host();
    return links.entrySet().stream()
        .filter(entry -> !entry.getKey().equals(replica))
        .filter(entry -> entry.getValue().state() == Link.State.CONNECTED)
        .filter(entry -> Objects.equals(entry.getValue().host(), host))
        .map(Map.Entry::getKey)
        .toList();
  }

  private void noteHost(ReplicaId gone, Link link) {
    @Nullable String host = link.host();
    if (host != null) {
      if (formerHosts.size() >= MAX_FORMER) {
        formerHosts.clear();
      }
      formerHosts.put(gone, host);
    }
  }

  /** Whether calls go over the replica's own port now. */
  public boolean connected(ReplicaId replica) {
    @Nullable Link link = links.get(replica);
    return link != null && link.state() == Link.State.CONNECTED;
  }

  @Override
  public void close() {
    blocking.close();
    links.values().forEach(Link::close);
  }
}
