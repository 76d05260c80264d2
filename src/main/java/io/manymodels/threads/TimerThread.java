package io.manymodels.threads;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * One daemon thread that runs short tasks when they are due. It starts with the first task. A task
 * that finds too many others waiting, or the timer closed, is refused with {@link
 * RejectedExecutionException}; one that is cancelled no longer counts. Thread-safe.
 */
public final class TimerThread implements AutoCloseable {
  private final String name;
  private final int maxWaiting;
  private final ScheduledThreadPoolExecutor thread;

  private TimerThread(String name, int maxWaiting) {
    this.name = name;
    this.maxWaiting = maxWaiting;
    this.thread = new ScheduledThreadPoolExecutor(1, Threads.daemons(name, 0));
    thread.setRemoveOnCancelPolicy(true);
  }

  /**
   * Creates a timer.
   *
   * @param maxWaiting tasks that may wait until they are due
   */
  public static TimerThread of(String name, int maxWaiting) {
    return new TimerThread(name, maxWaiting);
  }

  /** Runs the task once. Cancelling the future answers false when the task has begun. */
  public synchronized Future<?> after(Duration delay, Runnable task) {
    refuseWhenFull();
    return thread.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Runs the task again and again, with a pause before each run, until the future is cancelled. */
  public synchronized Future<?> every(Duration pause, Runnable task) {
    refuseWhenFull();
    long nanos = Math.max(1, pause.toNanos());
    return thread.scheduleWithFixedDelay(task, nanos, nanos, TimeUnit.NANOSECONDS);
  }

  private void refuseWhenFull() {
    if (thread.getQueue().size() >= maxWaiting) {
      throw new RejectedExecutionException(name + " is full");
    }
  }

  /** Ends the thread; what waits is dropped. Returns at once. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
