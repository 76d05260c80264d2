package io.manymodels.http;

import io.manymodels.time.Deadline;
import java.time.Duration;

/**
 * How a Dispatcher ends its connections.
 *
 * @param lead for which it goes on listening after its health has turned
 * @param longest from the turn of its health until it closes what is still open
 * @param idleClients whether connections of clients are closed as soon as they are idle. Otherwise
 *     a client that comes back in time is answered, and told that the connection ends.
 */
public record Draining(Duration lead, Duration longest, boolean idleClients) {
  /**
   * For a replica of Serve. Two failed health checks take HAProxies 1.25 s
   * (deploy/environment.env), a new list of targets from Serve's controller less; the longest is
   * under Serve's graceful_shutdown_timeout_s.
   */
  public static final Draining REPLICA =
      new Draining(Duration.ofSeconds(2), Duration.ofSeconds(8), false);

  /** A client that has just connected is about to send its first request. */
  static final Duration OPENING = Duration.ofMillis(500);

  /** Between two looks at what has become idle. */
  static final Duration LOOK = Duration.ofMillis(100);

  /** The clients whose connections take no new requests; each connection is told by this event. */
  enum Left {
    PROXIES,
    ALL;

    /**
     * Whether an idle connection ends.
     *
     * @param opening until when its first request may be on its way
     */
    boolean ends(Callers callers, Deadline opening) {
      return callers.areProxies() || (this == ALL && opening.passed());
    }
  }

  /** After the lead. */
  Left left() {
    return idleClients ? Left.ALL : Left.PROXIES;
  }
}
