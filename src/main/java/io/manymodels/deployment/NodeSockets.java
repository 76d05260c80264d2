package io.manymodels.deployment;

import java.nio.file.Path;
import java.util.Optional;

/** The folder in which Ray's processes of a node have their Unix domain sockets. Stateless. */
public final class NodeSockets {
  /** Set for each Java worker (ray/_private/services.py:build_java_worker_command, 2.60.0). */
  private static final String SESSION = "ray.session-dir";

  private NodeSockets() {}

  /** Empty in a process that Ray has not started. */
  public static Optional<Path> ofRay() {
    return Optional.ofNullable(System.getProperty(SESSION))
        .map(session -> Path.of(session, "sockets"));
  }
}
