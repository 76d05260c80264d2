package io.manymodels.tools.simulation;

import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The random source of the current thread, which libraries draw from and the JDK lets nobody seed.
 * Without {@code --add-opens=java.base/java.lang=ALL-UNNAMED}, which the launcher and the tests
 * give, it stays as random as it is.
 */
final class ThreadRandom {
  private ThreadRandom() {}

  /**
   * Makes what the current thread draws from now on depend on the seed only, where that is
   * possible.
   */
  static void seed(long seed) {
    // The first use would overwrite the seed.
    ThreadLocalRandom.current();
    try {
      Field field = Thread.class.getDeclaredField("threadLocalRandomSeed");
      field.setAccessible(true);
      field.setLong(Thread.currentThread(), seed);
    } catch (ReflectiveOperationException | InaccessibleObjectException notOpened) {
      System.getLogger(ThreadRandom.class.getName())
          .log(System.Logger.Level.DEBUG, "the thread's random source cannot be seeded", notOpened);
    }
  }
}
