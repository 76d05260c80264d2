package io.manymodels.logging;

import java.io.IOException;
import java.util.logging.Level;

/**
 * The log of a process that serves, which has the warnings of libraries too. {@code
 * java.util.logging} makes an instance when the system property {@code
 * java.util.logging.config.class} names this class.
 */
public final class ServerLog {
  public ServerLog() throws IOException {
    LogSettings.apply(Level.WARNING);
  }
}
