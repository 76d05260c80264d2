package io.manymodels.http.moves;

import io.manymodels.json.ExplainJson.Event;
import io.manymodels.measuring.Count;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The moves that one client has not taken yet, at most {@value #CAPACITY}: when there are more, the
 * eldest are dropped, and the client is told how many. Nobody ever waits for it. Thread-safe.
 */
public final class MoveQueue {
  public static final int CAPACITY = 256;

  private final Deque<Event> waiting = new ArrayDeque<>();
  private final Count allDropped;
  private long position;
  private long dropped;
  private boolean opened;
  private boolean ended;
  private @Nullable Runnable news;

  /**
   * @param position the sequence number of the last move that the client knows
   * @param allDropped counts what is dropped
   */
  MoveQueue(long position, Count allDropped) {
    this.position = position;
    this.allDropped = allDropped;
  }

  /**
   * Has {@code news} run, on any thread, whenever there may be something to {@link #take}. It must
   * not block.
   */
  public void onNews(Runnable action) {
    synchronized (this) {
      news = action;
    }
    action.run();
  }

  /** The sequence number of the last move that has been offered. */
  synchronized long position() {
    return position;
  }

  /** Moves are numbered anew: whatever comes next is new to the client. */
  synchronized void restart() {
    position = 0;
  }

  /** Takes the moves that are new to the client, in the order of their sequence numbers. */
  void offer(List<Event> moves, long next) {
    @Nullable Runnable told;
    synchronized (this) {
      for (Event move : moves) {
        if (move.sequence() > position && !ended) {
          position = move.sequence();
          waiting.add(move);
        }
      }
      position = Math.max(position, next);
      drop();
      told = waiting.isEmpty() ? null : news;
    }
    if (told != null) {
      told.run();
    }
  }

  private void drop() {
    while (waiting.size() > CAPACITY) {
      waiting.remove();
      dropped++;
      allDropped.add(1);
    }
  }

  /**
   * The next part of the event stream: all that waits, within a few kilobytes. Empty when nothing
   * does.
   */
  public synchronized Optional<byte[]> take() {
    MoveText text = new MoveText();
    if (!opened) {
      opened = true;
      text.begin(position);
    }
    if (dropped > 0) {
      text.dropped(dropped);
      dropped = 0;
    }
    while (!waiting.isEmpty() && !text.isLong()) {
      text.move(waiting.remove());
    }
    return text.bytes();
  }

  /** No more will come; what waits can still be taken. */
  void end() {
    @Nullable Runnable told;
    synchronized (this) {
      ended = true;
      told = news;
    }
    if (told != null) {
      told.run();
    }
  }

  /** Whether no more will come, and all has been taken. */
  public synchronized boolean isOver() {
    return ended && waiting.isEmpty();
  }
}
