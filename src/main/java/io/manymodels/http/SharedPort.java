package io.manymodels.http;

import io.manymodels.transport.EventLoops;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The port that the Dispatchers of a node share for clients (SO_REUSEPORT): the system spreads
 * connections over them, and a new one listens before the old one has gone. Thread-safe.
 */
final class SharedPort {
  private static final System.Logger LOG = System.getLogger(SharedPort.class.getName());
  private static final Duration BIND_AGAIN = Duration.ofSeconds(1);

  private final DirectAddress address;
  private final Callers callers;
  private final EventLoops loops;
  private final DirectIngress ingress;
  private volatile @Nullable Channel listening;
  private volatile boolean closed;

  private SharedPort(
      DirectAddress address, Callers callers, EventLoops loops, DirectIngress ingress) {
    this.callers = callers;
    this.address = address;
    this.loops = loops;
    this.ingress = ingress;
  }

  /** Listens; while the port is another program's, tries again every second. */
  static SharedPort listen(
      DirectAddress address, Callers callers, EventLoops loops, DirectIngress ingress) {
    SharedPort port = new SharedPort(address, callers, loops, ingress);
    ChannelFuture bound = port.bind().awaitUninterruptibly();
    if (bound.isSuccess()) {
      // The listener may run a moment later.
      port.listening = bound.channel();
    }
    return port;
  }

  private ChannelFuture bind() {
    boolean shared = address.port() != 0;
    return ingress.bind(address.host(), address.port(), shared, callers).addListener(this::bound);
  }

  private void bindAgain() {
    var unused = bind();
  }

  private void bound(Future<? super Void> result) {
    if (result.isSuccess()) {
      Channel channel = ((ChannelFuture) result).channel();
      listening = channel;
      LOG.log(System.Logger.Level.INFO, "listening on {0}", channel.localAddress());
      if (closed) {
        var unused = channel.close();
      }
    } else if (!closed) {
      LOG.log(
          System.Logger.Level.WARNING,
          "cannot listen on {0}:{1} yet: {2}",
          address.host(),
          String.valueOf(address.port()),
          result.cause().getMessage());
      var unused =
          loops.group().schedule(this::bindAgain, BIND_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** The port; 0 while it is not listening. */
  int number() {
    @Nullable Channel channel = listening;
    return channel == null || !(channel.localAddress() instanceof InetSocketAddress at)
        ? 0
        : at.getPort();
  }

  /** Stops listening for good; open connections stay. */
  void close() {
    closed = true;
    @Nullable Channel channel = listening;
    if (channel != null) {
      channel.close().awaitUninterruptibly();
    }
  }
}
