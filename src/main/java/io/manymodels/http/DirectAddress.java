package io.manymodels.http;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a Dispatcher listens for HTTP itself. All Dispatchers of a node share the port.
 *
 * @param host an address of this node
 * @param port {@code 0..65535}; 0 is any free one, for this Dispatcher alone
 */
record DirectAddress(String host, int port) {
  static final String PORT = "MANY_MODELS_DIRECT_PORT";
  static final String HOST = "MANY_MODELS_DIRECT_HOST";
  private static final int HIGHEST_PORT = 65_535;

  /**
   * What the environment says; empty when it names no port.
   *
   * @param nodeAddress asked when it names no host
   * @throws IllegalArgumentException when the port is not one
   */
  static Optional<DirectAddress> from(
      Map<String, String> environment, Supplier<String> nodeAddress) {
    String port = environment.getOrDefault(PORT, "").strip();
    if (port.isEmpty()) {
      return Optional.empty();
    }
    if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > HIGHEST_PORT) {
      throw new IllegalArgumentException(PORT + " must be 0 to 65535, not '" + port + "'");
    }
    @Nullable String host = environment.get(HOST);
    return Optional.of(
        new DirectAddress(
            host == null || host.isBlank() ? nodeAddress.get() : host.strip(),
            Integer.parseInt(port)));
  }
}
