package io.manymodels.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.socket.nio.NioSocketChannel;
import org.junit.jupiter.api.Test;

/** Both ends of the transport as on macOS and Windows. */
class ReplicaLinksWithoutEpollTest extends ReplicaLinksTest {
  private static final int THREADS = 2;

  @Override
  EventLoops loops(String name) {
    return EventLoops.startWithoutEpoll(name, THREADS);
  }

  @Override
  Class<?> nearest() {
    return NioSocketChannel.class;
  }

  @Test
  void itIsReallyWithoutEpoll() {
    try (EventLoops loops = loops("test")) {
      assertThat(loops.epoll()).isFalse();
    }
  }
}
