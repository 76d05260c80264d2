package io.manymodels.watching;

import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.VersionLook;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * When the registry is asked, and for whom: once a period for all that is held, and soon for what
 * has been reported since. The first time when there was time for every replica to report. {@link
 * #step} and {@link #untilDueMillis} are for one thread, {@link #answering} for any.
 */
final class RegistryLooks {
  private static final System.Logger LOG = System.getLogger(RegistryLooks.class.getName());

  /** The part of a period after which a new watcher looks for the first time. */
  static final int FIRST = 4;

  /** The part of a period that passes between two looks at what was reported meanwhile. */
  private static final int SOON = 10;

  /** A look that gets no answer for so many periods, and at least a minute, is stuck. */
  private static final int STUCK = 3;

  private static final Duration STUCK_AT_LEAST = Duration.ofMinutes(1);

  private final VersionLook look;
  private final WatchBoard board;
  private final Duration period;
  private final Runnable news;
  private final Ticker ticker;
  private Deadline nextWhole;
  private Deadline nextSmall;
  private boolean away;
  private volatile boolean begun;
  private volatile boolean answers;
  private volatile Deadline stuck;

  /**
   * @param news runs when a replica has to be told something
   */
  RegistryLooks(VersionLook look, WatchBoard board, Duration period, Runnable news, Ticker ticker) {
    this.look = look;
    this.board = board;
    this.period = period;
    this.news = news;
    this.ticker = ticker;
    this.nextWhole = in(period.dividedBy(FIRST));
    this.nextSmall = in(Duration.ZERO);
    this.stuck = in(Duration.ZERO);
  }

  private Deadline in(Duration wait) {
    return Deadline.after(wait, ticker);
  }

  /** Milliseconds until {@link #step} has something to do, as far as is known now. */
  long untilDueMillis() {
    long whole = nextWhole.remainingMillis();
    return begun && board.hasFresh() ? Math.min(whole, nextSmall.remainingMillis()) : whole;
  }

  /** Whether the first look has been made. */
  boolean begun() {
    return begun;
  }

  /** Whether the registry is looked at, and answers. */
  boolean answering() {
    return answers && !stuck.passed();
  }

  /** Asks the registry if it is time. */
  void step() {
    if (nextWhole.passed()) {
      if (begun || board.reported() > 0) {
        // From the beginning of one look to that of the next, however long it takes.
        nextWhole = in(period);
        begun = true;
        at(board.held());
      } else {
        nextWhole = in(period.dividedBy(FIRST));
      }
    } else if (begun && nextSmall.passed()) {
      Set<TenantId> fresh = board.fresh();
      if (!fresh.isEmpty()) {
        at(fresh);
      }
    }
  }

  private void at(Set<TenantId> tenants) {
    try {
      Set<TenantId> missing = new HashSet<>(tenants);
      progress();
      look.at(
          tenants,
          part -> {
            progress();
            missing.removeAll(part.versions().keySet());
            missing.removeAll(part.broken().keySet());
            if (board.take(part)) {
              news.run();
            }
          });
      board.absent(missing);
      answers = true;
      away = false;
    } catch (ServingException e) {
      answers = false;
      if (!away) {
        LOG.log(
            System.Logger.Level.WARNING,
            "no new versions; replicas will look for themselves: {0}",
            e.getMessage());
      }
      away = true;
    } catch (RuntimeException e) {
      answers = false;
      LOG.log(System.Logger.Level.ERROR, "looking for new versions", e);
    } finally {
      progress();
      nextSmall = in(period.dividedBy(SOON));
    }
  }

  private void progress() {
    Duration longest = period.multipliedBy(STUCK);
    stuck = in(longest.compareTo(STUCK_AT_LEAST) < 0 ? STUCK_AT_LEAST : longest);
  }
}
