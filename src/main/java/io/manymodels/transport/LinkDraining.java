package io.manymodels.transport;

import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Closes connections when their calls have been answered, or after half a minute. Stateless. */
final class LinkDraining {
  private static final int CHECK_MILLIS = 100;
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private LinkDraining() {}

  /** Returns at once; the connection gets no new calls. */
  static void start(ClientConnection connection, EventLoop loop, Ticker ticker) {
    Deadline longest = Deadline.after(LONGEST, ticker);
    loop.execute(() -> closeWhenIdle(connection, loop, longest));
  }

  private static void closeWhenIdle(ClientConnection connection, EventLoop loop, Deadline longest) {
    if (connection.idle() || longest.passed()) {
      connection.close();
    } else {
      var unused =
          loop.schedule(
              () -> closeWhenIdle(connection, loop, longest), CHECK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }
}
