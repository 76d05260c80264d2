package io.manymodels.http;

import io.manymodels.http.moves.MoveFeed;
import io.manymodels.http.moves.MoveQueue;

/**
 * An answer that goes on for as long as the client stays, as an event stream.
 *
 * @param position the sequence number of the last move that the client knows
 */
public record LiveStream(MoveFeed feed, long position) {
  static final String CONTENT_TYPE = "text/event-stream";

  /** Begins; whoever calls it calls {@link #leave} in the end. */
  MoveQueue open() {
    return feed.open(position);
  }

  void leave(MoveQueue queue) {
    feed.leave(queue);
  }
}
