package io.manymodels.threads;

import io.manymodels.time.Deadline;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A pool of daemon threads called name-0, name-1 and so on, with a bounded queue. A task that finds
 * all threads busy waits in the queue; one that finds the queue full, or the pool closed, is
 * refused with {@link RejectedExecutionException}. Threads that have nothing to do end after ten
 * seconds. Thread-safe.
 */
public final class BoundedPool implements Executor, AutoCloseable {
  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor threads;

  private BoundedPool(String name, int threadCount, int queueLength, ThreadFactory factory) {
    // With no queue, a task goes to a thread that is idle now, else to a new one.
    int core = queueLength == 0 ? 0 : threadCount;
    BlockingQueue<Runnable> queue =
        queueLength == 0 ? new SynchronousQueue<>() : new ArrayBlockingQueue<>(queueLength);
    this.threads =
        new ThreadPoolExecutor(
            core,
            threadCount,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            queue,
            factory,
            (task, pool) -> {
              throw new RejectedExecutionException(
                  name + (pool.isShutdown() ? " is closed" : " is full"));
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Creates a pool.
   *
   * @param threadCount threads at most, 1 or more
   * @param queueLength tasks that may wait for a thread, 0 or more
   */
  public static BoundedPool of(String name, int threadCount, int queueLength) {
    return new BoundedPool(name, threadCount, queueLength, Threads.daemons(name, 0));
  }

  /**
   * Creates a pool whose threads have a stack of their own size.
   *
   * @param stackBytes of each thread
   */
  public static BoundedPool withStacks(
      String name, int threadCount, int queueLength, long stackBytes) {
    return new BoundedPool(name, threadCount, queueLength, Threads.daemons(name, stackBytes));
  }

  /**
   * Creates a pool whose threads give the processor to every other thread that wants it, of this
   * process or of another one of the machine, but for a small share.
   */
  public static BoundedPool giveWay(String name, int threadCount, int queueLength) {
    return new BoundedPool(
        name, threadCount, queueLength, Threads.daemons(name, 0, Thread.MIN_PRIORITY));
  }

  /**
   * Changes the number of threads. Fewer take effect as threads finish what they do.
   *
   * @param threadCount 1 or more
   */
  public void resize(int threadCount) {
    if (threadCount > threads.getMaximumPoolSize()) {
      threads.setMaximumPoolSize(threadCount);
      threads.setCorePoolSize(threadCount);
    } else {
      threads.setCorePoolSize(threadCount);
      threads.setMaximumPoolSize(threadCount);
    }
  }

  /**
   * Runs the task on a thread of the pool.
   *
   * @throws RejectedExecutionException when the queue is full or the pool closed
   */
  @Override
  public void execute(Runnable task) {
    threads.execute(task);
  }

  /** Runs the task as {@link #execute} does; its future is cancelled when the pool is closed. */
  public <T> Future<T> submit(Callable<T> task) {
    return threads.submit(task);
  }

  /**
   * Runs all the tasks and returns when they have ended; at the deadline, those that have not are
   * interrupted or not begun.
   *
   * @throws RejectedExecutionException when they do not all find room; none is begun after that
   */
  public void runAll(Collection<Runnable> tasks, Deadline deadline) throws InterruptedException {
    List<Callable<Object>> calls = tasks.stream().map(Executors::callable).toList();
    var unused = threads.invokeAll(calls, deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Takes no more tasks; those that wait or run are finished. Returns at once. */
  public void shutdown() {
    threads.shutdown();
  }

  /** Takes no more tasks, interrupts those that run and drops those that wait. Returns at once. */
  @Override
  public void close() {
    for (Runnable dropped : threads.shutdownNow()) {
      if (dropped instanceof Future<?> waiting) {
        waiting.cancel(false);
      }
    }
  }
}
