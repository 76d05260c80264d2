package io.manymodels.transport;

import io.manymodels.threads.Threads;
import io.manymodels.time.Ticker;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;

/**
 * The threads on which a process does its network I/O, by epoll where the machine has it. They must
 * not be blocked. Thread-safe.
 */
public final class EventLoops implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(EventLoops.class.getName());

  /**
   * The processors are shared with the processes that are asked or that ask, and one thread that
   * has enough to do handles several messages each time it is woken, which is most of what a
   * message costs: docs/decisions/0008-own-ports.md.
   */
  private static final int PROCESSORS_EACH = 2;

  private static final int MAX_LOOPS = 4;

  /**
   * A thread that is blocked longer keeps others waiting. Long enough that a machine on which many
   * JVMs start at once does not look like it, and below the {@code health_check_timeout_s} of
   * deploy/rayservice.yaml.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final int QUIET_MILLIS = 0;
  private static final int MAX_CLOSE_MILLIS = 2_000;

  private final EventLoopGroup group;
  private final List<EventLoop> all;
  private final boolean epoll;
  private final AtomicInteger turn = new AtomicInteger();

  private EventLoops(String name, int threads, boolean epoll) {
    this.epoll = epoll;
    IoHandlerFactory factory = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    this.group =
        new MultiThreadIoEventLoopGroup(
            threads, Threads.numbered(name, new DefaultThreadFactory(name, true)), factory);
    List<EventLoop> loops = new ArrayList<>();
    for (EventExecutor loop : group) {
      loops.add((EventLoop) loop);
    }
    this.all = List.copyOf(loops);
  }

  /** One thread for two processors: at least one, and not more than four. */
  public static EventLoops start(String name) {
    int share = Runtime.getRuntime().availableProcessors() / PROCESSORS_EACH;
    return start(name, Math.max(1, Math.min(MAX_LOOPS, share)));
  }

  /** So many threads, at least one. */
  public static EventLoops start(String name, int threads) {
    return new EventLoops(name, threads, Epoll.isAvailable());
  }

  /** Others, to which connections of these can move. */
  EventLoops alike(String name, int threads) {
    return new EventLoops(name, threads, epoll);
  }

  /** As where there is no epoll: on macOS and Windows, or when its library cannot be unpacked. */
  static EventLoops startWithoutEpoll(String name, int threads) {
    return new EventLoops(name, threads, false);
  }

  public EventLoopGroup group() {
    return group;
  }

  /** They take tasks for later, too, which must not block them. */
  public ScheduledExecutorService clock() {
    return group;
  }

  /** All of them, always in the same order. */
  List<EventLoop> all() {
    return all;
  }

  /** The index of the loop that runs the calling thread, else of the one whose turn it is. */
  int current() {
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).inEventLoop()) {
        return i;
      }
    }
    return Math.floorMod(turn.getAndIncrement(), all.size());
  }

  /** The loop that runs the calling thread, else the one whose turn it is. */
  public EventLoop here() {
    return all.get(current());
  }

  /** Whether several sockets may listen on one port. */
  public boolean epoll() {
    return epoll;
  }

  public Class<? extends ServerChannel> serverChannel() {
    return epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
  }

  /** Of a Unix domain socket; only with {@link #epoll}. */
  public Class<? extends ServerChannel> domainServerChannel() {
    return EpollServerDomainSocketChannel.class;
  }

  /** Of a Unix domain socket; only with {@link #epoll}. */
  Class<? extends Channel> domainSocketChannel() {
    return EpollDomainSocketChannel.class;
  }

  Class<? extends SocketChannel> socketChannel() {
    return epoll ? EpollSocketChannel.class : NioSocketChannel.class;
  }

  /**
   * Has every thread tell how long it took to begin with a task: those that are blocked tell later.
   * Does not wait.
   *
   * @param nanos told on those threads
   */
  public void lag(LongConsumer nanos) {
    long asked = Ticker.SYSTEM.nanos();
    try {
      all.forEach(loop -> loop.execute(() -> nanos.accept(Ticker.SYSTEM.nanos() - asked)));
    } catch (RejectedExecutionException e) {
      LOG.log(System.Logger.Level.DEBUG, "the event loops have ended");
    }
  }

  /** Whether no thread is blocked; waits three seconds at most to know. */
  public boolean responsive() {
    return responsive(PATIENCE);
  }

  /** Whether every thread takes a task within {@code patience}. Waits for it. */
  boolean responsive(Duration patience) {
    CountDownLatch answers = new CountDownLatch(all.size());
    try {
      all.forEach(loop -> loop.execute(answers::countDown));
      return answers.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Ends the threads, and with them every connection; returns at once. */
  @Override
  public void close() {
    var unused = group.shutdownGracefully(QUIET_MILLIS, MAX_CLOSE_MILLIS, TimeUnit.MILLISECONDS);
  }
}
