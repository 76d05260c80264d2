package io.manymodels.cli.serve;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Each of a dozen deployments would say at the start what it has taken. */
final class DeploymentNews {
  /** Kept, for a logger that nobody holds loses its level. */
  private static final Logger USER_CONFIGS =
      Logger.getLogger("io.manymodels.application.UserConfig");

  private DeploymentNews() {}

  /** Only warnings of them are logged from now on. */
  static void leaveOut() {
    USER_CONFIGS.setLevel(Level.WARNING);
  }
}
