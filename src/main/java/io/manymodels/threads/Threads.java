package io.manymodels.threads;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Names threads. Stateless. */
public final class Threads {
  /** Between {@link Thread#MIN_PRIORITY}, which heavy predictions have, and the normal one. */
  static final int LOW = 2;

  private Threads() {}

  /** Creates a daemon thread, to be started by the caller. */
  public static Thread daemon(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Creates a daemon thread of low priority, to be started by the caller. The threads that it
   * starts have the same. So it must not be the first to need a thread that the process shares:
   * that of {@link CompletableFuture#orTimeout} is started here.
   */
  // A hint, which nothing but the cost to others depends on.
  @SuppressWarnings("ThreadPriorityCheck")
  public static Thread ofLowPriority(String name, Runnable task) {
    var unused = new CompletableFuture<String>().completeOnTimeout("", 0, TimeUnit.NANOSECONDS);
    Thread thread = daemon(name, task);
    thread.setPriority(LOW);
    return thread;
  }

  /** Names what {@code factory} creates name-0, name-1 and so on. */
  public static ThreadFactory numbered(String name, ThreadFactory factory) {
    AtomicInteger next = new AtomicInteger();
    return task -> {
      Thread thread = factory.newThread(task);
      thread.setName(name + "-" + next.getAndIncrement());
      return thread;
    };
  }

  /**
   * Creates daemon threads called name-0, name-1 and so on.
   *
   * @param stackBytes of each; 0 for the JVM's default
   */
  static ThreadFactory daemons(String name, long stackBytes) {
    return daemons(name, stackBytes, Thread.NORM_PRIORITY);
  }

  /**
   * As the other.
   *
   * @param priority Java's, 1 to 10; with the options that deploy/java.options has, 1 is nice 10,
   *     {@link #LOW} is nice 5, and the normal one and those above are nice 0
   */
  // Nothing is right or wrong by it; what gives way only leaves the processors to others.
  @SuppressWarnings("ThreadPriorityCheck")
  static ThreadFactory daemons(String name, long stackBytes, int priority) {
    return numbered(
        name,
        task -> {
          Thread thread = new Thread(null, task, name, stackBytes);
          thread.setDaemon(true);
          thread.setPriority(priority);
          return thread;
        });
  }
}
