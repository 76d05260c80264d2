package io.manymodels.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;

/** Calls at each arrival. A daemon thread that ends with the arrivals or when it is interrupted. */
final class Pacer extends Thread {
  private static final String SLACK_NANOS = "1000";

  private final Arrivals arrivals;
  private final long endNanos;
  private final LongPredicate arrived;

  /** {@code arrived} gets the moment that was due, and says whether to go on. */
  Pacer(Arrivals arrivals, long endNanos, LongPredicate arrived) {
    super("pacer");
    this.arrivals = arrivals;
    this.endNanos = endNanos;
    this.arrived = arrived;
    setDaemon(true);
  }

  @Override
  public void run() {
    wakePunctually();
    boolean on = true;
    for (long due = arrivals.next(); on && due < endNanos; due = arrivals.next()) {
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
        if (isInterrupted()) {
          return;
        }
      }
      on = arrived.test(due);
    }
  }

  /** Linux lets a thread sleep 50 us longer than it asked for; see proc(5), timerslack_ns. */
  private static void wakePunctually() {
    try {
      Path self = Files.readSymbolicLink(Path.of("/proc/thread-self"));
      Files.writeString(
          Path.of("/proc", self.getFileName().toString(), "timerslack_ns"), SLACK_NANOS);
    } catch (IOException | UnsupportedOperationException e) {
      System.err.println("arrivals may be 50 us late: " + e);
    }
  }
}
