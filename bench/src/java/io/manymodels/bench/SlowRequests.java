package io.manymodels.bench;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * When requests that took longer than 3 ms were due and answered, so that what ran meanwhile can be
 * laid beside them. {@link System#nanoTime} is CLOCK_MONOTONIC on Linux (HotSpot: os_posix.cpp,
 * os::javaTimeNanos, JDK 17), the clock that {@code perf record -k CLOCK_MONOTONIC} writes. Not
 * thread-safe.
 */
final class SlowRequests {
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(3);
  private static final int FIRST_REQUESTS = 1_024;
  private static final int MOST_REQUESTS = 1 << 20;

  private long[] moments = new long[2 * FIRST_REQUESTS];
  private int count;

  /**
   * Both in nanoseconds; quick answers and those after the first million slow ones are left out.
   */
  void answered(long dueNanos, long nowNanos) {
    if (nowNanos - dueNanos <= SLOW_NANOS || count == MOST_REQUESTS) {
      return;
    }
    if (2 * count == moments.length) {
      moments = Arrays.copyOf(moments, 2 * moments.length);
    }
    moments[2 * count] = dueNanos;
    moments[2 * count + 1] = nowNanos;
    count++;
  }

  /** A line {@code due,answered} for each, in nanoseconds, in the order of the answers. */
  void write(Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (int i = 0; i < count; i++) {
        out.write(moments[2 * i] + "," + moments[2 * i + 1] + "\n");
      }
    }
  }
}
