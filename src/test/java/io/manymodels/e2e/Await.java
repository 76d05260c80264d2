package io.manymodels.e2e;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits for conditions, never for a time to pass. */
final class Await {
  private static final long POLL_MILLIS = 50;
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  private Await() {}

  /**
   * Returns once the condition holds; fails, with what was awaited, when the deadline is first. A
   * condition that fails does not hold.
   */
  static void until(String what, Duration atMost, Callable<Boolean> condition) {
    long end = System.nanoTime() + atMost.toNanos();
    while (!holds(condition)) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not within " + atMost.toSeconds() + " s: " + what);
      }
      pause();
    }
  }

  /** Repeats the assertions until they hold; fails as they do when the deadline is first. */
  static void untilAsserted(Duration atMost, Runnable assertions) {
    long end = System.nanoTime() + atMost.toNanos();
    while (true) {
      try {
        assertions.run();
        return;
      } catch (AssertionError e) {
        if (System.nanoTime() - end > 0) {
          throw e;
        }
      }
      pause();
    }
  }

  private static boolean holds(Callable<Boolean> condition) {
    try {
      return condition.call();
    } catch (AssertionError notYet) {
      return false;
    } catch (Exception e) {
      throw new AssertionError("the condition cannot be looked at", e);
    }
  }

  private static void pause() {
    try {
      var unused = NEVER.await(POLL_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
