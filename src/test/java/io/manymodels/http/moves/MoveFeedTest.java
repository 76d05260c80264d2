package io.manymodels.http.moves;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.manymodels.json.ExplainJson;
import io.manymodels.json.ExplainJson.Decisions;
import io.manymodels.measuring.Measurements;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.placement.PlacementEvent;
import io.manymodels.placement.PlacementEvent.Kind;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.Samples;
import io.manymodels.testing.Tenants;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The feed of a process. */
class MoveFeedTest {
  private final List<PlacementEvent> decided = new CopyOnWriteArrayList<>();
  private final AtomicLong asked = new AtomicLong();
  private volatile long term = 1;
  private volatile boolean away;
  private final MoveFeed feed = new MoveFeed(this::after, Measurements.unread());

  private Decisions after(long sequence, int limit) {
    asked.incrementAndGet();
    if (away) {
      throw new ServingException(ErrorCode.NO_REPLICA, "SharedMemory is away");
    }
    return ExplainJson.decisions(
        term,
        sequence,
        decided.stream().filter(event -> event.sequence() > sequence).limit(limit).toList());
  }

  @AfterEach
  void close() {
    feed.close();
  }

  private static boolean hasThread() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().startsWith("moves") && thread.isAlive());
  }

  /** All that comes into a queue. */
  private static final class Reader {
    private final StringBuilder read = new StringBuilder();
    private final MoveQueue queue;

    Reader(MoveQueue queue) {
      this.queue = queue;
      queue.onNews(this::take);
    }

    private synchronized void take() {
      queue.take().ifPresent(part -> read.append(new String(part, UTF_8)));
    }

    synchronized String text() {
      return read.toString();
    }
  }

  @Test
  void eachClientGetsWhatIsNewToIt() {
    decided.add(Samples.promoted(8, Tenants.tenant(1)));
    Reader behind = new Reader(feed.open(7));
    Reader ahead = new Reader(feed.open(8));
    Eventually.holds("the first one is told", () -> behind.text().contains("id: 8\n"));
    decided.add(Samples.event(9, Kind.REFUSED, Tenants.tenant(2)));
    decided.add(Samples.event(10, Kind.SWITCHED, Tenants.tenant(3)));
    Eventually.holds("both are told", () -> ahead.text().contains("id: 10\n"));
    Eventually.holds("both are told", () -> behind.text().contains("id: 10\n"));
    assertThat(ahead.text()).doesNotContain("id: 8\n", "id: 9\n");
    assertThat(behind.text()).doesNotContain("id: 9\n");
  }

  @Test
  void aClientThatTakesNothingMakesNobodyWait() {
    MoveQueue stuck = feed.open(0);
    Reader other = new Reader(feed.open(0));
    int many = 3 * MoveQueue.CAPACITY;
    for (int i = 1; i <= many; i++) {
      decided.add(Samples.promoted(i, Tenants.tenant(1)));
    }
    Eventually.holds("the other one has all", () -> other.text().contains("id: " + many + "\n"));
    String first = new String(stuck.take().orElseThrow(), UTF_8);
    assertThat(first)
        .contains("event: dropped\ndata: {\"moves\":" + 2 * MoveQueue.CAPACITY + "}\n");
  }

  @Test
  void noMoreClientsThanMayWatch() {
    List<MoveQueue> all = new ArrayList<>();
    for (int i = 0; i < MoveFeed.MAX_CLIENTS; i++) {
      feed.requireRoom();
      all.add(feed.open(0));
    }
    assertThatThrownBy(feed::requireRoom)
        .isInstanceOf(ServingException.class)
        .hasMessageContaining("64 clients watch");
    assertThat(feed.open(0).isOver()).isTrue();
    feed.leave(all.get(0));
    feed.requireRoom();
    assertThat(feed.open(0).isOver()).isFalse();
  }

  @Test
  void withoutAClientThereIsNoThread() {
    MoveQueue queue = feed.open(0);
    Eventually.holds("it asks", () -> asked.get() > 0);
    assertThat(hasThread()).isTrue();
    feed.leave(queue);
    Eventually.holds("the thread ends", () -> !hasThread());
  }

  @Test
  void whileSharedMemoryIsAwayItGoesOnAsking() {
    away = true;
    Reader reader = new Reader(feed.open(0));
    Eventually.holds("it asks again", () -> asked.get() > 1);
    decided.add(Samples.promoted(1, Tenants.tenant(1)));
    away = false;
    Eventually.holds("the client is told", () -> reader.text().contains("id: 1\n"));
  }

  @Test
  void whenAllIsForgottenTheNumbersBeginAnew() {
    Reader reader = new Reader(feed.open(5_000));
    Eventually.holds("it has asked", () -> asked.get() > 0);
    term = 2;
    decided.add(Samples.promoted(1, Tenants.tenant(1)));
    Eventually.holds("the client is told", () -> reader.text().contains("id: 1\n"));
  }

  @Test
  void itsEndEndsAllStreams() {
    MoveQueue queue = feed.open(0);
    assertThat(queue.isOver()).isFalse();
    feed.close();
    assertThat(queue.isOver()).isTrue();
    assertThat(feed.open(0).isOver()).isTrue();
    Eventually.holds("the thread ends", () -> !hasThread());
  }
}
