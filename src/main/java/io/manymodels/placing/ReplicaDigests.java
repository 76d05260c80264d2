package io.manymodels.placing;

import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the digests of the hot replicas' states fresh: each replica is asked once a second, at a
 * moment of its own, so that never all are asked at once. Thread-safe.
 */
public final class ReplicaDigests {
  /** Asks a replica for its digest, without waiting. */
  public interface Source {
    CompletableFuture<Long> digest(ReplicaId replica, Deadline deadline);
  }

  private static final System.Logger LOG = System.getLogger(ReplicaDigests.class.getName());
  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final Duration VALID = PERIOD.plus(PATIENCE).multipliedBy(2);

  private final ReplicaDirectory directory;
  private final List<String> deployments;
  private final Source source;
  private final ScheduledExecutorService clock;
  private final Ticker ticker;
  private final ConcurrentMap<ReplicaId, Heard> heard = new ConcurrentHashMap<>();
  private final Set<ReplicaId> followed = new HashSet<>();
  private volatile Runnable changed = () -> {};

  private record Heard(long digest, Deadline validUntil) {}

  /**
   * @param deployments whose replicas are asked
   * @param clock on which they are asked, briefly; ends the asking when it is shut down
   */
  public ReplicaDigests(
      ReplicaDirectory directory,
      List<String> deployments,
      Source source,
      ScheduledExecutorService clock,
      Ticker ticker) {
    this.directory = directory;
    this.deployments = List.copyOf(deployments);
    this.source = source;
    this.clock = clock;
    this.ticker = ticker;
  }

  /**
   * Begins to ask; before, and where this is never called, no digest is known.
   *
   * @param listener told of every digest that is another one than before, and when a replica does
   *     not answer any more; must be quick
   */
  public void start(Runnable listener) {
    changed = listener;
    directory.onChange(this::follow);
    follow();
  }

  /** The digest that the replica told last; empty when it does not answer. */
  public OptionalLong of(ReplicaId replica) {
    @Nullable Heard last = heard.get(replica);
    return last == null || last.validUntil().passed()
        ? OptionalLong.empty()
        : OptionalLong.of(last.digest());
  }

  /** Notes a digest that came with a report, unless the replica has not answered when asked. */
  public void told(ReplicaId replica, long digest) {
    heard.computeIfPresent(replica, (same, last) -> new Heard(digest, last.validUntil()));
  }

  private synchronized void follow() {
    Set<ReplicaId> named = named();
    heard.keySet().retainAll(named);
    for (ReplicaId replica : named) {
      if (followed.add(replica)) {
        // Its name is random, and with it the moment at which it is asked in every period.
        askIn(replica, Math.floorMod(replica.hashCode(), PERIOD.toMillis()));
      }
    }
  }

  private Set<ReplicaId> named() {
    Set<ReplicaId> named = new HashSet<>();
    deployments.forEach(deployment -> named.addAll(directory.replicas(deployment)));
    return named;
  }

  private void askIn(ReplicaId replica, long millis) {
    try {
      var unused = clock.schedule(() -> ask(replica), millis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.log(System.Logger.Level.DEBUG, "the event loops have ended");
    }
  }

  private void ask(ReplicaId replica) {
    if (!directory.replicas(replica.deployment()).contains(replica)) {
      forget(replica);
      return;
    }
    var unused =
        source
            .digest(replica, Deadline.after(PATIENCE, ticker))
            .whenComplete(
                (digest, failure) -> {
                  note(replica, failure == null ? digest : null);
                  askIn(replica, PERIOD.toMillis());
                });
  }

  private synchronized void forget(ReplicaId replica) {
    followed.remove(replica);
    heard.remove(replica);
  }

  private void note(ReplicaId replica, @Nullable Long digest) {
    @Nullable Heard before =
        digest == null
            ? heard.remove(replica)
            : heard.put(replica, new Heard(digest, Deadline.after(VALID, ticker)));
    if (digest == null ? before != null : before == null || before.digest() != digest) {
      changed.run();
    }
  }
}
