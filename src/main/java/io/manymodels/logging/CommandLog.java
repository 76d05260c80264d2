package io.manymodels.logging;

import java.io.IOException;
import java.util.logging.Level;

/**
 * The log of a command. It says itself in one line what went wrong; what libraries log of it would
 * be there twice. Named as {@link ServerLog} is.
 */
public final class CommandLog {
  public CommandLog() throws IOException {
    LogSettings.apply(Level.OFF);
  }
}
