package io.manymodels.cli.serve;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Has the JVM's logging write one line a record, unless an option of the JVM says otherwise. */
final class OneLineLogs {
  /** java.util.logging.SimpleFormatter reads it when the first record is written. */
  private static final String PROPERTY = "java.util.logging.SimpleFormatter.format";

  /** Time, level, class, message, stack trace; as deploy/java.options has it for replicas. */
  private static final String FORMAT = "%1$tFT%1$tT.%1$tL-%4$s-%3$s-%5$s%6$s%n";

  /** Each of a dozen deployments would say at the start what it has taken. */
  private static final Logger USER_CONFIGS =
      Logger.getLogger("io.manymodels.application.UserConfig");

  private OneLineLogs() {}

  static void set() {
    if (System.getProperty(PROPERTY) == null) {
      System.setProperty(PROPERTY, FORMAT);
    }
    USER_CONFIGS.setLevel(Level.WARNING);
  }
}
