package io.manymodels.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
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
  private static final int MAX_PORT = 65_535;

  /** HAProxy asks a Dispatcher of its own node by loopback (haproxy.py:_target_to_server). */
  private final Set<String> hosts;

  private final DirectIngress ingress;
  private final List<Channel> listening = new ArrayList<>();
  private int number;

  IngressPort(String nodeAddress, DirectIngress ingress) {
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
      LOG.log(System.Logger.Level.INFO, "listening on {0} for Serve's proxies", describe(wanted));
    }
    return number;
  }

  private boolean listenOnAll(int port) {
    for (String host : hosts) {
      ChannelFuture bound = ingress.bind(host, port, false, Callers.PROXIES).awaitUninterruptibly();
      if (!bound.isSuccess()) {
        LOG.log(
            System.Logger.Level.INFO,
            "cannot listen on {0} for Serve''s proxies: {1}",
            describe(port),
            bound.cause().getMessage());
        closeAll(listening);
        listening.clear();
        return false;
      }
      listening.add(bound.channel());
    }
    return true;
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
    closeAll(listening);
    listening.clear();
  }

  private static void closeAll(Collection<Channel> channels) {
    channels.forEach(channel -> channel.close().awaitUninterruptibly());
  }
}
