package io.manymodels.http.moves;

import io.manymodels.json.ExplainJson.Decisions;
import io.manymodels.json.ExplainJson.Event;
import io.manymodels.measuring.Count;
import io.manymodels.measuring.Measure;
import io.manymodels.measuring.Measurements;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.threads.DaemonLoop;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks SharedMemory for moves, twice a second while a client watches, and hands them to the queues
 * of all clients; without a client it has no thread. Moves have the sequence numbers of
 * SharedMemory, so a client can go on at any Dispatcher. Thread-safe.
 */
public final class MoveFeed implements AutoCloseable {
  /** Of one process. */
  public static final int MAX_CLIENTS = 64;

  private static final System.Logger LOG = System.getLogger(MoveFeed.class.getName());
  private static final long PERIOD_MILLIS = 500;

  /** Of decisions asked for at once. */
  private static final int BATCH = 1_000;

  /** Decisions that change nothing; kinds of later builds are told as they come. */
  private static final Set<String> NO_MOVES = Set.of("refused", "postponed");

  /** Knows the decisions about placement. */
  public interface Source {
    /**
     * The decisions after a sequence number, eldest first.
     *
     * @throws ServingException when they are not known now
     */
    Decisions after(long sequence, int limit);
  }

  private final Source source;
  private final Count dropped;
  private final Set<MoveQueue> queues = ConcurrentHashMap.newKeySet();
  private @Nullable CountDownLatch watching;
  private boolean closed;

  /** As {@link Decisions#term}; 0 before the first answer. */
  private volatile long term;

  /**
   * @param measurements of this process
   */
  public MoveFeed(Source source, Measurements measurements) {
    this.source = source;
    this.dropped = measurements.count(Measure.MOVES_DROPPED);
    measurements.level(queues::size, Measure.MOVE_CLIENTS);
  }

  /** Those of the decisions that are moves, or tried to be. */
  public static List<Event> moves(Decisions decisions) {
    return decisions.decisions().stream().filter(each -> !NO_MOVES.contains(each.kind())).toList();
  }

  /** Throws {@code OVERLOADED} while as many clients watch as may. */
  public void requireRoom() {
    if (queues.size() >= MAX_CLIENTS) {
      throw new ServingException(
          ErrorCode.OVERLOADED,
          MAX_CLIENTS + " clients watch the moves of this process already, and no more may");
    }
  }

  /**
   * Begins to collect moves for one client. The queue is over at once when this is closed, or when
   * too many watch.
   *
   * @param position the sequence number of the last move that the client knows
   */
  public synchronized MoveQueue open(long position) {
    MoveQueue queue = new MoveQueue(position, dropped);
    if (closed || queues.size() >= MAX_CLIENTS) {
      queue.end();
      return queue;
    }
    queues.add(queue);
    if (watching == null) {
      watching = new CountDownLatch(1);
      CountDownLatch until = watching;
      var unused = DaemonLoop.start("moves", until, () -> step(until));
    }
    return queue;
  }

  /** The client watches no more. */
  public synchronized void leave(MoveQueue queue) {
    queues.remove(queue);
    queue.end();
    rest();
  }

  private void rest() {
    if (queues.isEmpty() && watching != null) {
      watching.countDown();
      watching = null;
    }
  }

  private void step(CountDownLatch until) throws InterruptedException {
    if (until.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS)) {
      return;
    }
    try {
      ask();
    } catch (ServingException e) {
      LOG.log(System.Logger.Level.DEBUG, "no moves are known: {0}", e.getMessage());
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "asking for moves", e);
    }
  }

  /** From where the one is that is farthest behind; each takes what is new to it. */
  private void ask() {
    long from = queues.stream().mapToLong(MoveQueue::position).min().orElse(Long.MAX_VALUE);
    if (from == Long.MAX_VALUE) {
      return;
    }
    Decisions decisions = source.after(from, BATCH);
    if (decisions.term() != term && term != 0) {
      // All is forgotten, and the numbers may begin anew.
      queues.forEach(MoveQueue::restart);
    }
    term = decisions.term();
    List<Event> moves = moves(decisions);
    queues.forEach(queue -> queue.offer(moves, decisions.next()));
  }

  /** Ends all streams; none begins any more. */
  @Override
  public synchronized void close() {
    closed = true;
    queues.forEach(MoveQueue::end);
    queues.clear();
    rest();
  }
}
