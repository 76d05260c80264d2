package io.manymodels.threads;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Names threads. Stateless. */
public final class Threads {
  private Threads() {}

  /** Creates a daemon thread, to be started by the caller. */
  public static Thread daemon(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
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
    return numbered(
        name,
        task -> {
          Thread thread = new Thread(null, task, name, stackBytes);
          thread.setDaemon(true);
          return thread;
        });
  }
}
