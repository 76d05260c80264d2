package io.manymodels.http;

import java.time.Duration;

/**
 * Who connects to a port of a Dispatcher.
 *
 * @param idle after which a connection without a request is closed
 * @param areProxies whether they pass on others' requests and stop when the health check fails
 */
record Callers(Duration idle, boolean areProxies) {
  /**
   * Serve's HAProxies. They close idle connections themselves, and much sooner: a connection that
   * this side closes could be one on which a request is already under way.
   */
  static final Callers PROXIES = new Callers(Duration.ofHours(1), true);

  /** Clients that ask a Dispatcher directly. */
  static Callers clients(Duration idle) {
    return new Callers(idle, false);
  }
}
