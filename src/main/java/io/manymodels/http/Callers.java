package io.manymodels.http;

import io.manymodels.tls.ServerTls;
import java.time.Duration;
import java.util.Optional;

/**
 * The clients of one port of a Dispatcher.
 *
 * @param idle after which a connection without a request is closed
 * @param receipt in which a whole request must have come
 * @param tls empty where they do not encrypt
 * @param areProxies whether they pass on others' requests and stop when the health check fails
 */
record Callers(Duration idle, Duration receipt, Optional<ServerTls> tls, boolean areProxies) {
  /**
   * Serve's HAProxies. They close idle connections themselves, and much sooner: a connection that
   * this side closes could be one on which a request is already under way.
   */
  static final Callers PROXIES =
      new Callers(Duration.ofHours(1), DirectAddress.RECEIPT, Optional.empty(), true);

  /** Clients that ask a Dispatcher directly. */
  static Callers clients(DirectAddress address, Optional<ServerTls> tls) {
    return new Callers(address.idle(), address.receipt(), tls, false);
  }
}
