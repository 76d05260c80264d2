package io.manymodels.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The port on which one Dispatcher listens for the HAProxies of Serve, and no other Dispatcher:
 * each can be checked, counted and drained. Serve's controller chooses the number (NodePortManager,
 * Ray 2.60.0) and asks for it again after it has restarted. Thread-safe.
 */
final class IngressPort {
  private static final System.Logger LOG = System.getLogger(IngressPort.class.getName());
  private static final String LOOPBACK = "127.0.0.1";

  /** And the port: the name of a Unix domain socket, which spares a HAProxy of this node TCP. */
  private static final String SOCKET = "ingress-";

  /** Of a Unix domain socket, in bytes; Linux has room for one more, a NUL. */
  private static final int MAX_PATH = 107;

  private static final int MAX_PORT = 65_535;

  /** HAProxy asks a Dispatcher of its own node by loopback (haproxy.py:_target_to_server). */
  private final Set<String> hosts;

  private final Optional<Path> sockets;
  private final DirectIngress ingress;
  private final List<Channel> listening = new ArrayList<>();
  private int number;

  /**
   * Listens nowhere yet.
   *
   * @param nodeAddress the address at which other nodes reach this one
   * @param sockets the folder for the Unix domain socket; empty: there is to be none
   */
  IngressPort(String nodeAddress, Optional<Path> sockets, DirectIngress ingress) {
    this.sockets = sockets;
    this.hosts = new TreeSet<>(List.of(LOOPBACK, nodeAddress));
    this.ingress = ingress;
  }

  /**
   * The port on which this Dispatcher listens, on the node's address and on loopback.
   *
   * @param wanted the port to listen on unless there is one already; 0 only asks for that
   * @return 0 when there is none: nothing was wanted, or the port is another program's
   */
  synchronized int listen(int wanted) {
    if (number == 0 && wanted > 0 && wanted <= MAX_PORT && listenOnAll(wanted)) {
      number = wanted;
      LOG.log(System.Logger.Level.INFO, "listening on {0} for Serve''s proxies", describe(wanted));
    }
    return number;
  }

  private boolean listenOnAll(int port) {
    List<ChannelFuture> begun = new ArrayList<>();
    hosts.forEach(host -> begun.add(ingress.bind(host, port, false, Callers.PROXIES)));
    boolean all = true;
    for (ChannelFuture bound : begun) {
      if (bound.awaitUninterruptibly().isSuccess()) {
        listening.add(bound.channel());
      } else {
        all = false;
        LOG.log(
            System.Logger.Level.INFO,
            "cannot listen on {0} for Serve''s proxies: {1}",
            describe(port),
            bound.cause().getMessage());
      }
    }
    if (!all) {
      close();
      return false;
    }
    socketAt(port).ifPresent(this::listenOn);
    return true;
  }

  /** Empty where the system, or the length of the path, does not allow it: the port does then. */
  private Optional<Path> socketAt(int port) {
    return sockets
        .filter(folder -> ingress.hasLocalSockets())
        .map(folder -> folder.resolve(SOCKET + port))
        .filter(path -> path.toString().length() <= MAX_PATH);
  }

  /** Only the process that has the port uses this path: a file there was left by one that died. */
  private void listenOn(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "no local socket " + path, e);
      return;
    }
    ChannelFuture bound =
        ingress
            .bind(new DomainSocketAddress(path.toFile()), Callers.PROXIES)
            .awaitUninterruptibly();
    if (bound.isSuccess()) {
      listening.add(bound.channel());
    } else {
      LOG.log(System.Logger.Level.WARNING, "no local socket " + path, bound.cause());
    }
  }

  private String describe(int port) {
    return hosts + ":" + port;
  }

  /** Whether it listens. */
  synchronized boolean isOpen() {
    return !listening.isEmpty();
  }

  /** Stops listening; open connections stay. */
  synchronized void close() {
    listening.forEach(channel -> channel.close().awaitUninterruptibly());
    listening.clear();
  }
}
