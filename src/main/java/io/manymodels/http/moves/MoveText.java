package io.manymodels.http.moves;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.json.ExplainJson.Event;
import io.manymodels.json.Json;
import java.util.Optional;

/**
 * A part of an event stream as browsers read it (HTML, 9.2.6 "Interpreting an event stream").
 * Thread-confined.
 */
final class MoveText {
  /** In characters. Above it no more is added. */
  private static final int LONG = 16 << 10;

  /** After which a client that lost the stream asks again. */
  private static final int RETRY_MILLIS = 2_000;

  private record Begun(long next) {}

  private record Dropped(long moves) {}

  private final StringBuilder text = new StringBuilder();

  /** The stream begins after the move with this number. */
  void begin(long next) {
    text.append("retry: ").append(RETRY_MILLIS).append('\n');
    event("begin", Json.write(new Begun(next)));
  }

  /** So many moves were dropped before those that follow. */
  void dropped(long moves) {
    event("dropped", Json.write(new Dropped(moves)));
  }

  void move(Event move) {
    text.append("id: ").append(move.sequence()).append('\n');
    event("move", Json.write(move));
  }

  /** JSON has no line breaks of its own. */
  private void event(String name, String json) {
    text.append("event: ").append(name).append("\ndata: ").append(json).append("\n\n");
  }

  boolean isLong() {
    return text.length() >= LONG;
  }

  /** Empty when there is nothing. */
  Optional<byte[]> bytes() {
    return text.isEmpty() ? Optional.empty() : Optional.of(text.toString().getBytes(UTF_8));
  }
}
