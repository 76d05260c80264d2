package io.manymodels.cli.console;

import io.manymodels.time.Ticker;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How far a long command is: on a terminal one line that changes, otherwise a line every few
 * seconds. {@link #done} may be called by any thread, the others by one.
 */
public final class Progress {
  private static final long TERMINAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long FILE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final PrintWriter err;
  private final int total;
  private final Ticker ticker;
  private final boolean isTerminal;
  private final long start;
  private final AtomicInteger done = new AtomicInteger();
  private long shownAt;

  public Progress(PrintWriter err, int total, Ticker ticker) {
    this(err, total, ticker, isTerminal(Path.of("/proc/self/fd/2")));
  }

  public Progress(PrintWriter err, int total, Ticker ticker, boolean isTerminal) {
    this.err = err;
    this.total = total;
    this.ticker = ticker;
    this.isTerminal = isTerminal;
    this.start = ticker.nanos();
    this.shownAt = start;
  }

  public void done() {
    done.incrementAndGet();
  }

  /** Shows it when it is time. */
  public void show() {
    long now = ticker.nanos();
    if (now - shownAt >= (isTerminal ? TERMINAL_NANOS : FILE_NANOS)) {
      shownAt = now;
      print(now);
    }
  }

  /** Leaves the line as it is last. */
  public void end() {
    if (isTerminal) {
      print(ticker.nanos());
      err.print("\n");
      err.flush();
    }
  }

  private void print(long now) {
    int count = done.get();
    long seconds = TimeUnit.NANOSECONDS.toSeconds(now - start);
    String line = count + " of " + total + " models, " + seconds + " s";
    err.print(isTerminal ? "\r" + line : line + "\n");
    err.flush();
  }

  private static boolean isTerminal(Path descriptor) {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
