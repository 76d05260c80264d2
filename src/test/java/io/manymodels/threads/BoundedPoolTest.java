package io.manymodels.threads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.manymodels.testing.Eventually;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BoundedPoolTest {
  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicInteger begun = new AtomicInteger();

  private String block() throws InterruptedException {
    begun.incrementAndGet();
    assertThat(release.await(30, TimeUnit.SECONDS)).isTrue();
    return Thread.currentThread().getName();
  }

  @Test
  void threadsThatGiveWayHaveTheLowestPriority() throws Exception {
    try (BoundedPool pool = BoundedPool.giveWay("background", 1, 1);
        BoundedPool usual = BoundedPool.of("usual", 1, 1)) {
      assertThat(pool.submit(() -> Thread.currentThread().getPriority()).get())
          .isEqualTo(Thread.MIN_PRIORITY);
      assertThat(usual.submit(() -> Thread.currentThread().getPriority()).get())
          .isEqualTo(Thread.NORM_PRIORITY);
    }
  }

  @Test
  void runsAtMostSoManyAndLetsSoManyWaitAndRefusesTheRest() throws Exception {
    try (BoundedPool pool = BoundedPool.of("some", 2, 3)) {
      List<Future<String>> tasks =
          IntStream.range(0, 5).mapToObj(i -> pool.submit(this::block)).toList();
      assertThatThrownBy(() -> pool.submit(this::block))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessage("some is full");
      release.countDown();
      for (Future<String> task : tasks) {
        assertThat(task.get(30, TimeUnit.SECONDS)).isIn("some-0", "some-1");
      }
      pool.submit(this::block).get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void withoutAQueueIdleThreadsAreUsedAgainAndBusyOnesRefuse() throws Exception {
    try (BoundedPool pool = BoundedPool.of("direct", 2, 0)) {
      Future<String> first = pool.submit(this::block);
      Future<String> second = pool.submit(this::block);
      assertThatThrownBy(() -> pool.execute(() -> {}))
          .isInstanceOf(RejectedExecutionException.class);
      release.countDown();
      assertThat(Set.of(first.get(30, TimeUnit.SECONDS), second.get(30, TimeUnit.SECONDS)))
          .containsExactlyInAnyOrder("direct-0", "direct-1");
    }
  }

  @Test
  void itsThreadsAreDaemonsAndEndWhenTheyAreIdle() throws Exception {
    try (BoundedPool pool = BoundedPool.of("idle", 1, 1)) {
      Thread thread = pool.submit(Thread::currentThread).get(30, TimeUnit.SECONDS);
      assertThat(thread.isDaemon()).isTrue();
      thread.join(Duration.ofSeconds(30).toMillis());
      assertThat(thread.isAlive()).isFalse();
    }
  }

  @Test
  void runsAllAndLeavesTheRestAtTheDeadline() throws Exception {
    AtomicInteger ran = new AtomicInteger();
    CountDownLatch interrupted = new CountDownLatch(1);
    Runnable stuck =
        () -> {
          try {
            block();
          } catch (InterruptedException e) {
            interrupted.countDown();
          }
        };
    try (BoundedPool pool = BoundedPool.of("all", 1, 10)) {
      pool.runAll(
          List.of(ran::incrementAndGet, ran::incrementAndGet),
          Deadline.after(Duration.ofSeconds(30), Ticker.SYSTEM));
      assertThat(ran).hasValue(2);
      pool.runAll(
          List.of(stuck, ran::incrementAndGet),
          Deadline.after(Duration.ofMillis(50), Ticker.SYSTEM));
      assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(pool.submit(ran::get).get(30, TimeUnit.SECONDS)).isEqualTo(2);
    }
  }

  @Test
  void takesMoreAtOnceWhenItIsResized() throws Exception {
    try (BoundedPool pool = BoundedPool.of("resized", 1, 1)) {
      Future<String> first = pool.submit(this::block);
      Future<String> second = pool.submit(this::block);
      pool.resize(2);
      Eventually.holds("the new thread has emptied the queue", () -> begun.get() == 2);
      Future<String> third = pool.submit(this::block);
      assertThatThrownBy(() -> pool.submit(this::block))
          .isInstanceOf(RejectedExecutionException.class);
      release.countDown();
      for (Future<String> each : List.of(first, second, third)) {
        assertThat(each.get(30, TimeUnit.SECONDS)).startsWith("resized-");
      }
      pool.resize(1);
      Set<String> names = ConcurrentHashMap.newKeySet();
      names.add(pool.submit(() -> Thread.currentThread().getName()).get(30, TimeUnit.SECONDS));
      assertThat(names).hasSize(1);
    }
  }

  @Test
  void shutDownItFinishesWhatItHasTaken() throws Exception {
    BoundedPool pool = BoundedPool.of("ending", 1, 1);
    Future<String> running = pool.submit(this::block);
    Future<String> waiting = pool.submit(this::block);
    pool.shutdown();
    assertThatThrownBy(() -> pool.execute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessage("ending is closed");
    release.countDown();
    assertThat(running.get(30, TimeUnit.SECONDS)).isEqualTo("ending-0");
    assertThat(waiting.get(30, TimeUnit.SECONDS)).isEqualTo("ending-0");
  }

  @Test
  void closedItInterruptsWhatRunsAndCancelsWhatWaits() {
    BoundedPool pool = BoundedPool.of("closing", 1, 1);
    Future<String> running = pool.submit(this::block);
    Future<String> waiting = pool.submit(this::block);
    pool.close();
    Eventually.holds("the running one ends", running::isDone);
    assertThat(waiting.isCancelled()).isTrue();
  }

  @Test
  void itsStacksAreAsLargeAsIsSaid() throws Exception {
    int deep = 20_000;
    try (BoundedPool pool = BoundedPool.withStacks("deep", 1, 1, 64L << 20)) {
      assertThat(pool.submit(() -> depth(deep)).get(30, TimeUnit.SECONDS)).isEqualTo(deep);
    }
  }

  private static int depth(int left) {
    return left == 0 ? 0 : 1 + depth(left - 1);
  }
}
