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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the replicas of a process at the live versions: events say whose version may have changed,
 * and a look at the registry, one for all of them, finds what no event told of. The registry
 * watcher of SharedMemory looks for the replicas of all processes, and tells them ({@link #told}).
 * A replica that it has not told for {@value #PATIENCE} periods looks for itself, in each period
 * with jitter, until it is told again. Two daemon threads; thread-safe.
 */
public final class VersionWatch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(VersionWatch.class.getName());
  private static final Duration EVENTS_WAIT = Duration.ofSeconds(5);
  private static final Duration EVENTS_RETRY = Duration.ofSeconds(1);
  private static final Duration MAX_REFRESH = Duration.ofSeconds(30);
  private static final double JITTER = 0.1;

  /** Periods without a word of the watcher. */
  private static final int PATIENCE = 3;

  private final List<VersionSwitch> switches;
  private final Optional<ModelEvents> events;
  private final VersionPoll look;
  private final Duration poll;
  private final Ticker ticker;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Semaphore due = new Semaphore(0);
  private final HeldReports reports;
  private final AtomicReference<@Nullable VersionWord> word = new AtomicReference<>();
  private final AtomicBoolean lookNow = new AtomicBoolean();
  private volatile Deadline toldUntil;
  private Deadline nextPoll;
  private boolean registryAway;
  private boolean eventsAway;

  /**
   * @param look at the registry, one for all of them
   * @param switches of the replicas of this process
   * @param poll the period of looks at the registry, on average
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
    this.reports = new HeldReports(switches);
    this.toldUntil = Deadline.after(Duration.ZERO, ticker);
    this.nextPoll = afterPoll();
  }

  /**
   * Takes what the registry watcher saw, and answers with what is held. Returns at once; models
   * that are behind are switched later.
   */
  public HeldVersions told(VersionWord told) {
    if (told.covered()) {
      Deadline until = Deadline.after(poll.multipliedBy(PATIENCE), ticker);
      toldUntil = until;
      switches.forEach(versions -> versions.toldUntil(until));
    }
    if (told.namesTenants()) {
      // A word before it that was not taken yet is in it: each names all that differs.
      word.set(told);
      due.release();
    }
    return reports.next(told.known());
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
    long wait = Math.max(nextPoll.remainingMillis(), toldUntil.remainingMillis());
    var unused = due.tryAcquire(wait, TimeUnit.MILLISECONDS);
    due.drainPermits();
    if (closed.getCount() > 0) {
      step();
    }
  }

  /** Does what is due now. Called by one thread. */
  void step() {
    @Nullable VersionWord told = word.getAndSet(null);
    if (told != null) {
      attempt(() -> look.take(told.told(), MAX_REFRESH));
    }
    boolean early = lookNow.getAndSet(false);
    if (early || (nextPoll.passed() && toldUntil.passed())) {
      // From the beginning of one poll to that of the next, however long it takes.
      nextPoll = afterPoll();
      attempt(
          () -> {
            int behind = look.poll(MAX_REFRESH);
            registryAway = false;
            return behind;
          });
    }
  }

  private void attempt(IntSupplier compare) {
    try {
      int behind = compare.getAsInt();
      if (behind > 0) {
        LOG.log(System.Logger.Level.INFO, "{0} models were behind", behind);
      }
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
        lookNow.set(true);
        due.release();
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
    due.release();
    events.ifPresent(ModelEvents::close);
  }
}
