package io.manymodels.threads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class TimerThreadTest {
  private static final Duration LONG = Duration.ofHours(1);

  @Test
  void runsATaskWhenItIsDueOnADaemonThreadOfItsName() throws Exception {
    AtomicReference<Thread> thread = new AtomicReference<>();
    CountDownLatch ran = new CountDownLatch(1);
    try (TimerThread timer = TimerThread.of("clock", 1)) {
      Future<?> task =
          timer.after(
              Duration.ofMillis(1),
              () -> {
                thread.set(Thread.currentThread());
                ran.countDown();
              });
      assertThat(ran.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(task.get(30, TimeUnit.SECONDS)).isNull();
      assertThat(thread.get().getName()).isEqualTo("clock-0");
      assertThat(thread.get().isDaemon()).isTrue();
    }
  }

  @Test
  void repeatsATaskUntilItIsCancelled() throws Exception {
    CountDownLatch runs = new CountDownLatch(3);
    try (TimerThread timer = TimerThread.of("clock", 1)) {
      Future<?> repeated = timer.every(Duration.ofMillis(1), runs::countDown);
      assertThat(runs.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(repeated.cancel(false)).isTrue();
    }
  }

  @Test
  void refusesWhatIsTooManyAndForgetsWhatIsCancelled() {
    try (TimerThread timer = TimerThread.of("clock", 2)) {
      Future<?> first = timer.after(LONG, () -> {});
      Future<?> second = timer.every(LONG, () -> {});
      assertThat(second.isDone()).isFalse();
      assertThatThrownBy(() -> timer.after(LONG, () -> {}))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessage("clock is full");
      assertThatThrownBy(() -> timer.every(LONG, () -> {}))
          .isInstanceOf(RejectedExecutionException.class);
      assertThat(first.cancel(false)).isTrue();
      assertThat(timer.after(LONG, () -> {}).isDone()).isFalse();
    }
  }

  @Test
  void refusesEverythingWhenItIsClosed() {
    TimerThread timer = TimerThread.of("clock", 1);
    timer.close();
    assertThatThrownBy(() -> timer.after(LONG, () -> {}))
        .isInstanceOf(RejectedExecutionException.class);
  }
}
