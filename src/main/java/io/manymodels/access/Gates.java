package io.manymodels.access;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.time.Ticker;
import java.nio.file.Path;
import java.util.Optional;

/** Makes the {@link Gate} of a Dispatcher. Stateless. */
public final class Gates {
  private static final System.Logger LOG = System.getLogger(Gates.class.getName());

  private Gates() {}

  /**
   * The gate that the environment asks for: by {@link Setting#CALLERS}, else an open one.
   *
   * @throws IllegalArgumentException with one line when the file or the admin token is not right
   */
  public static Gate from(Environment environment) {
    Optional<AdminToken> adminToken = AdminToken.from(environment);
    Optional<Path> file = environment.text(Setting.CALLERS).map(Path::of);
    if (file.isPresent()) {
      return CallerGate.open(file.get(), adminToken, Ticker.SYSTEM);
    }
    LOG.log(
        System.Logger.Level.INFO,
        "scoring is open to everybody who reaches a port: {0} is not set",
        Setting.CALLERS.variable());
    return OpenGate.with(adminToken);
  }
}
