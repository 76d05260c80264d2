package io.manymodels.transport;

/**
 * Where a replica listens, and what it wants to hear from those who connect. It gives this to those
 * who ask it through Ray, and to nobody else.
 *
 * @param host an address of its node
 * @param port {@code 1..65535}
 * @param token secret, one of its own for each start of a replica
 * @param tls whether it speaks TLS only
 * @param socket name of its Unix domain socket, for those on its machine; empty: it has none
 */
public record Endpoint(String host, int port, String token, boolean tls, String socket) {

  /** Throws {@link IllegalArgumentException}. */
  public Endpoint {
    if (host.isEmpty() || port < 1 || port > 65_535 || token.isEmpty()) {
      throw new IllegalArgumentException("an endpoint needs a host, a port and a token");
    }
  }

  /** Without the token. */
  @Override
  public String toString() {
    return (tls ? "tls://" : "tcp://") + host + ":" + port;
  }
}
