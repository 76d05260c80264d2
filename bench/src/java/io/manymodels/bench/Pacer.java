package io.manymodels.bench;

import java.io.IOException;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * Wakes a selector at each arrival, since a selector by itself waits in whole milliseconds only. A
 * daemon thread that ends with the arrivals or when it is interrupted.
 */
final class Pacer extends Thread {
  private static final String SLACK_NANOS = "1000";

  private final Selector selector;
  private final Arrivals arrivals;
  private final long endNanos;

  Pacer(Selector selector, Arrivals arrivals, long endNanos) {
    super("pacer");
    this.selector = selector;
    this.arrivals = arrivals;
    this.endNanos = endNanos;
    setDaemon(true);
  }

  @Override
  public void run() {
    wakePunctually();
    for (long due = arrivals.next(); due < endNanos; due = arrivals.next()) {
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
        if (isInterrupted()) {
          return;
        }
      }
      if (isInterrupted()) {
        return;
      }
      selector.wakeup();
    }
  }

  /** Linux lets a thread sleep 50 us longer than it asked for; see proc(5), timerslack_ns. */
  private static void wakePunctually() {
    try {
      Path self = Files.readSymbolicLink(Path.of("/proc/thread-self"));
      Files.writeString(Path.of("/proc", self.getFileName().toString(), "timerslack_ns"), SLACK_NANOS);
    } catch (IOException | UnsupportedOperationException e) {
      System.err.println("arrivals may be 50 us late: " + e);
    }
  }
}
