package io.manymodels.testing;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Programs that tests run against. `./many-models test` provides them; where one is missing, the
 * test is aborted, and with the system property {@code mm.requireBackends} it fails.
 */
public final class Backends {

  private Backends() {}

  /**
   * The executable that the system property names, else the one that was provided in {@code
   * .runtime/backends}, else the one in PATH.
   */
  public static Path executable(String property, String provided, String name) {
    String named = System.getProperty(property, "");
    if (!named.isEmpty()) {
      return Path.of(named);
    }
    Path ours = Path.of(".runtime/backends").resolve(provided).toAbsolutePath();
    return Stream.concat(Stream.of(ours), inPath(name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseGet(() -> missing(name + " is neither " + ours + " nor in PATH nor in " + property));
  }

  private static Stream<Path> inPath(String name) {
    String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    return Stream.of(path.split(File.pathSeparator, -1)).map(folder -> Path.of(folder, name));
  }

  private static Path missing(String cause) {
    return Boolean.getBoolean("mm.requireBackends")
        ? fail(cause)
        : abort(cause + "; ./many-models test provides it");
  }
}
