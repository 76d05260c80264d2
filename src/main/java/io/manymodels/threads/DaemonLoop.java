package io.manymodels.threads;

import java.util.concurrent.CountDownLatch;

/** Repeats a step on a daemon thread of its own. Stateless. */
public final class DaemonLoop {
  private static final System.Logger LOG = System.getLogger(DaemonLoop.class.getName());

  private DaemonLoop() {}

  /** A step; waits a bounded time, or ends when it is interrupted, and throws nothing else. */
  public interface Step {
    void run() throws InterruptedException;
  }

  /**
   * Starts the thread, which ends after the step in which {@code closed} has come to zero.
   *
   * @return the thread, for whoever cannot wait for the end of a step and interrupts it
   */
  public static Thread start(String name, CountDownLatch closed, Step step) {
    Thread thread =
        Threads.daemon(
            name,
            () -> {
              try {
                while (closed.getCount() > 0) {
                  step.run();
                }
              } catch (InterruptedException e) {
                LOG.log(System.Logger.Level.DEBUG, "interrupted");
              }
            });
    thread.start();
    return thread;
  }
}
