package io.manymodels.holding;

import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelEvents;
import io.manymodels.registry.VersionLook;
import io.manymodels.threads.DaemonLoop;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the replicas of a process at the live versions: events say whose version may have changed,
 * and a poll with jitter, one for all of them, finds what no event told of. Two daemon threads;
 * thread-safe.
 */
public final class VersionWatch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(VersionWatch.class.getName());
  private static final Duration EVENTS_WAIT = Duration.ofSeconds(5);
  private static final Duration EVENTS_RETRY = Duration.ofSeconds(1);
  private static final Duration MAX_REFRESH = Duration.ofSeconds(30);
  private static final double JITTER = 0.1;

  private final List<VersionSwitch> switches;
  private final Optional<ModelEvents> events;
  private final VersionPoll look;
  private final Duration poll;
  private final Ticker ticker;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Semaphore pollDue = new Semaphore(0);
  private Deadline nextPoll;
  private boolean registryAway;
  private boolean eventsAway;

  /**
   * @param look at the registry, one for all of them
   * @param switches of the replicas of this process
   * @param poll of the registry, on average
   */
  public VersionWatch(
      VersionLook look,
      List<VersionSwitch> switches,
      Optional<ModelEvents> events,
      Duration poll,
      Ticker ticker) {
    this.look = new VersionPoll(look, switches);
    this.switches = List.copyOf(switches);
    this.events = events;
    this.poll = poll;
    this.ticker = ticker;
    this.nextPoll = afterPoll();
  }

  private Deadline afterPoll() {
    double factor = 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
    return Deadline.after(Duration.ofMillis((long) (poll.toMillis() * factor)), ticker);
  }

  public void start() {
    DaemonLoop.start("version-poll", closed, this::pollOnce);
    events.ifPresent(source -> DaemonLoop.start("version-events", closed, () -> follow(source)));
  }

  private void pollOnce() throws InterruptedException {
    var early = pollDue.tryAcquire(nextPoll.remainingMillis(), TimeUnit.MILLISECONDS);
    pollDue.drainPermits();
    // From the beginning of one poll to that of the next, however long it takes.
    nextPoll = afterPoll();
    if (closed.getCount() == 0) {
      return;
    }
    try {
      int behind = look.poll(MAX_REFRESH);
      if (behind > 0) {
        LOG.log(
            System.Logger.Level.INFO, "{0} models were behind (asked early: {1})", behind, early);
      }
      registryAway = false;
    } catch (ServingException e) {
      if (!registryAway) {
        LOG.log(System.Logger.Level.WARNING, "no new versions: {0}", e.getMessage());
      }
      registryAway = true;
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "looking for new versions", e);
    }
  }

  private void follow(ModelEvents source) throws InterruptedException {
    try {
      Set<TenantId> announced = source.await(EVENTS_WAIT);
      if (eventsAway) {
        eventsAway = false;
        // What was announced meanwhile may be lost.
        pollDue.release();
      }
      if (!announced.isEmpty()) {
        for (VersionSwitch versions : switches) {
          var unused = versions.refresh(announced, Deadline.after(MAX_REFRESH, ticker));
        }
      }
    } catch (ServingException e) {
      if (!eventsAway) {
        LOG.log(System.Logger.Level.WARNING, "no events of new versions: {0}", e.getMessage());
      }
      eventsAway = true;
      var unused = closed.await(EVENTS_RETRY.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "following events of new versions", e);
      var unused = closed.await(EVENTS_RETRY.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    pollDue.release();
    events.ifPresent(ModelEvents::close);
  }
}
