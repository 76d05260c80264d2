package io.manymodels.http;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Where a Dispatcher listens for clients itself. All Dispatchers of a node share the port.
 *
 * @param host an address of this node
 * @param port {@code 0..65535}; 0 is any free one, for this Dispatcher alone
 * @param idle after which a connection without a request is closed
 */
public record DirectAddress(String host, int port, Duration idle) {
  /**
   * The address in the environment; empty when it names no port.
   *
   * @param nodeAddress asked when it names no host
   * @throws IllegalArgumentException when the port or the idle time is out of range
   */
  public static Optional<DirectAddress> from(
      Environment environment, Supplier<String> nodeAddress) {
    return environment
        .text(Setting.DIRECT_PORT)
        .map(
            port ->
                new DirectAddress(
                    environment.text(Setting.DIRECT_HOST).orElseGet(nodeAddress),
                    Integer.parseInt(port),
                    Duration.ofSeconds(environment.number(Setting.DIRECT_IDLE_SECONDS))));
  }
}
