package io.manymodels.threads;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DaemonLoopTest {
  private final CountDownLatch closed = new CountDownLatch(1);

  @Test
  void repeatsItsStepUntilItIsClosed() throws InterruptedException {
    CountDownLatch steps = new CountDownLatch(3);
    Thread thread = DaemonLoop.start("loop", closed, steps::countDown);
    assertThat(thread.isDaemon()).isTrue();
    assertThat(thread.getName()).isEqualTo("loop");
    assertThat(steps.await(30, TimeUnit.SECONDS)).isTrue();
    closed.countDown();
    thread.join(30_000);
    assertThat(thread.isAlive()).isFalse();
  }

  @Test
  void endsWhenItsThreadIsInterrupted() throws InterruptedException {
    Thread thread = DaemonLoop.start("loop", closed, () -> closed.await(1, TimeUnit.HOURS));
    thread.interrupt();
    thread.join(30_000);
    assertThat(thread.isAlive()).isFalse();
  }

  @Test
  void numbersWhatAFactoryCreates() {
    var factory = Threads.numbered("netty", Thread::new);
    assertThat(factory.newThread(() -> {}).getName()).isEqualTo("netty-0");
    assertThat(factory.newThread(() -> {}).getName()).isEqualTo("netty-1");
  }
}
