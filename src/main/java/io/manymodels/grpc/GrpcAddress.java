package io.manymodels.grpc;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Where a Dispatcher listens for gRPC, and what it takes there. All Dispatchers of a node share the
 * port.
 *
 * @param host an address of this node
 * @param port {@code 0..65535}; 0 is any free one, for this Dispatcher alone
 * @param idle after which a connection without a call is closed
 * @param receipt in which a request of a call must have come whole
 * @param age after which a connection is closed as soon as its calls are answered, so that its
 *     client connects anew, maybe to another Dispatcher
 * @param maxMessageBytes of a request, also after it has been unpacked
 * @param reflection whether clients may ask which methods there are
 */
public record GrpcAddress(
    String host,
    int port,
    Duration idle,
    Duration receipt,
    Duration age,
    int maxMessageBytes,
    boolean reflection) {

  /**
   * The address in the environment; empty when it names no port.
   *
   * @param host asked when the environment names none
   * @throws IllegalArgumentException when a setting is out of range
   */
  public static Optional<GrpcAddress> from(Environment environment, Supplier<String> host) {
    return environment
        .text(Setting.GRPC_PORT)
        .map(port -> at(environment, host, Integer.parseInt(port)));
  }

  /** With this port, whatever the environment says of it; else as {@link #from}. */
  public static GrpcAddress at(Environment environment, Supplier<String> host, int port) {
    return new GrpcAddress(
        environment.text(Setting.GRPC_HOST).orElseGet(host),
        port,
        Duration.ofSeconds(environment.number(Setting.DIRECT_IDLE_SECONDS)),
        Duration.ofSeconds(environment.number(Setting.DIRECT_REQUEST_SECONDS)),
        Duration.ofSeconds(environment.number(Setting.GRPC_AGE_SECONDS)),
        environment.number(Setting.GRPC_MAX_MESSAGE_MIB) << 20,
        environment.required(Setting.GRPC_REFLECTION).equals("on"));
  }
}
