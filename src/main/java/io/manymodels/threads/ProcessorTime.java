package io.manymodels.threads;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** How long threads have computed, which waiting for a processor does not count in. Stateless. */
public final class ProcessorTime {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private ProcessorTime() {}

  /** Whether this JVM can tell. */
  public static boolean known() {
    return THREADS.isCurrentThreadCpuTimeSupported();
  }

  /** Of the calling thread since its start, in nanoseconds; 0 where it is not known. */
  public static long ofThisThread() {
    return known() ? THREADS.getCurrentThreadCpuTime() : 0;
  }
}
