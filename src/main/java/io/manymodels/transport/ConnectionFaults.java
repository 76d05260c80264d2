package io.manymodels.transport;

import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.netty.channel.Channel;
import io.netty.handler.codec.CodecException;
import io.netty.handler.timeout.TimeoutException;
import java.io.IOException;
import java.time.Duration;

/**
 * The log of what goes wrong on the connections of a server. A fault of the other side (bytes of
 * another protocol, a frame that is too long, silence) is one line without a stack trace, and at
 * most one such line in ten seconds, which counts the others: whoever can connect must not be able
 * to fill the log. A reset is no fault. Anything else is a defect of ours and has its stack trace.
 * Thread-safe.
 */
public final class ConnectionFaults {
  private static final Duration QUIET = Duration.ofSeconds(10);

  private final System.Logger log;
  private final System.Logger.Level level;
  private final Ticker ticker;
  private Deadline quietUntil;
  private long untold;

  /**
   * @param level of faults of the other side
   */
  public ConnectionFaults(System.Logger log, System.Logger.Level level, Ticker ticker) {
    this.log = log;
    this.level = level;
    this.ticker = ticker;
    this.quietUntil = Deadline.after(Duration.ZERO, ticker);
  }

  /** Logs the exception that ends a connection. */
  public void exception(Channel connection, Throwable cause) {
    if (cause instanceof IOException) {
      log.log(System.Logger.Level.DEBUG, "connection of {0}: {1}", peer(connection), cause);
    } else if (cause instanceof CodecException || cause instanceof TimeoutException) {
      fault(connection, String.valueOf(cause.getMessage() == null ? cause : cause.getMessage()));
    } else {
      log.log(System.Logger.Level.WARNING, "connection of " + peer(connection), cause);
    }
  }

  /**
   * Logs that the other side broke a rule.
   *
   * @param what it did, as "sent more than 128 requests ahead"
   */
  public void fault(Channel connection, String what) {
    long others;
    synchronized (this) {
      if (!quietUntil.passed()) {
        untold++;
        return;
      }
      quietUntil = Deadline.after(QUIET, ticker);
      others = untold;
      untold = 0;
    }
    String more = others == 0 ? "" : " (and " + others + " other connections before)";
    log.log(level, "connection of {0} ends: {1}{2}", peer(connection), what, more);
  }

  private static Object peer(Channel connection) {
    return String.valueOf(connection.remoteAddress());
  }
}
