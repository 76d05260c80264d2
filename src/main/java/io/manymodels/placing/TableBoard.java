package io.manymodels.placing;

import io.manymodels.placement.Generation;
import io.manymodels.placement.PlacementTable;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Where SharedMemory publishes the placement table and Dispatchers fetch it by long poll. Asking
 * for something newer than generation g acknowledges that the asker routes by g. Thread-safe.
 *
 * <p>A Dispatcher that has not asked for longer than {@link #LEASE} is taken for gone: should it
 * come back, replicas that no longer hold a model tell it so. A new board acknowledges nothing
 * until every Dispatcher there is has asked it, because those that ask the one before it have yet
 * to find it: until then, or for the same time.
 */
public final class TableBoard {
  /** Three times the longest poll, so that a busy Dispatcher is not mistaken for a lost one. */
  private static final Duration LEASE = Duration.ofSeconds(3);

  public static final Duration MAX_POLL = Duration.ofSeconds(1);

  private record Reader(Generation acknowledged, Deadline lease) {}

  private final Supplier<Set<String>> expected;
  private final Ticker ticker;
  private final Deadline found;
  private final Deadline surelyFound;
  private final Map<String, Reader> readers = new HashMap<>();
  private PlacementTable table = PlacementTable.EMPTY;
  private long publishedAt;
  private boolean readersKnown;
  private boolean pushing;
  private Duration lastPush = Duration.ZERO;

  /**
   * @param expected the names of the readers that there are; empty while they are not known
   */
  public TableBoard(Supplier<Set<String>> expected, Ticker ticker) {
    this.expected = expected;
    this.ticker = ticker;
    this.found = Deadline.after(MAX_POLL, ticker);
    this.surelyFound = Deadline.after(LEASE, ticker);
  }

  public synchronized PlacementTable table() {
    return table;
  }

  public synchronized void publish(PlacementTable next) {
    table = next;
    publishedAt = ticker.nanos();
    pushing = true;
    notifyAll();
  }

  /**
   * Waits for a table newer than {@code known}.
   *
   * @param reader names the asking process, which routes by {@code known}
   * @return empty when none came within {@link #MAX_POLL}
   */
  public synchronized Optional<PlacementTable> awaitNewer(String reader, Generation known)
      throws InterruptedException {
    readers.put(reader, new Reader(known, Deadline.after(LEASE, ticker)));
    notePush();
    notifyAll();
    Deadline poll = Deadline.after(MAX_POLL, ticker);
    while (!table.generation().newerThan(known) && !poll.passed()) {
      wait(Math.max(1, poll.remainingMillis()));
    }
    return table.generation().newerThan(known) ? Optional.of(table) : Optional.empty();
  }

  /** Whether every reader that is not gone routes by {@code generation} or a newer table. */
  public synchronized boolean acknowledged(Generation generation) {
    readers.values().removeIf(reader -> reader.lease().passed());
    return readersKnown()
        && readers.values().stream()
            .noneMatch(reader -> generation.newerThan(reader.acknowledged()));
  }

  private boolean readersKnown() {
    readersKnown = readersKnown || surelyFound.passed() || (found.passed() && expectedHaveAsked());
    return readersKnown;
  }

  private boolean expectedHaveAsked() {
    Set<String> names = expected.get();
    return !names.isEmpty() && readers.keySet().containsAll(names);
  }

  private void notePush() {
    if (pushing && acknowledged(table.generation())) {
      pushing = false;
      lastPush = Duration.ofNanos(ticker.nanos() - publishedAt);
    }
  }

  /** From the publication of a table until every reader routed by it, the last time. */
  public synchronized Duration lastPush() {
    return lastPush;
  }

  /** Waits until {@link #acknowledged}; false when the deadline passed first. */
  public synchronized boolean awaitAcknowledged(Generation generation, Deadline deadline)
      throws InterruptedException {
    while (!acknowledged(generation)) {
      if (deadline.passed()) {
        return false;
      }
      wait(Math.min(100, Math.max(1, deadline.remainingMillis())));
    }
    return true;
  }

  /** Readers that are not gone. */
  public synchronized int readerCount() {
    readers.values().removeIf(reader -> reader.lease().passed());
    return readers.size();
  }
}
