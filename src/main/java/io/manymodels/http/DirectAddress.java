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
 * @param receipt in which a whole request must have come
 */
public record DirectAddress(String host, int port, Duration idle, Duration receipt) {
  /** Unless a setting says otherwise. */
  static final Duration RECEIPT = Duration.ofSeconds(30);

  /** With the usual time for a request to come. */
  public DirectAddress(String host, int port, Duration idle) {
    this(host, port, idle, RECEIPT);
  }

  /**
   * An address, with the times that the environment says.
   *
   * @throws IllegalArgumentException when one is out of range
   */
  public static DirectAddress of(Environment environment, String host, int port) {
    return new DirectAddress(
        host,
        port,
        Duration.ofSeconds(environment.number(Setting.DIRECT_IDLE_SECONDS)),
        Duration.ofSeconds(environment.number(Setting.DIRECT_REQUEST_SECONDS)));
  }

  /**
   * The address in the environment; empty when it names no port.
   *
   * @param nodeAddress asked when it names no host
   * @throws IllegalArgumentException when the port or a time is out of range
   */
  public static Optional<DirectAddress> from(
      Environment environment, Supplier<String> nodeAddress) {
    return environment
        .text(Setting.DIRECT_PORT)
        .map(
            port ->
                of(
                    environment,
                    environment.text(Setting.DIRECT_HOST).orElseGet(nodeAddress),
                    Integer.parseInt(port)));
  }
}
