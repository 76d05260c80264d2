package io.manymodels.placing;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.placement.Generation;
import io.manymodels.placement.PlacementTable;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TableBoardTest {
  private static final Duration LEASE = Duration.ofSeconds(3);

  private final FakeTicker ticker = new FakeTicker();
  private final TableBoard board = new TableBoard(Set::of, ticker);
  private final AtomicReference<Thread> waiting = new AtomicReference<>();
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            waiting.set(new Thread(task));
            return waiting.get();
          });

  TableBoardTest() {
    ticker.advance(LEASE);
  }

  @AfterEach
  void close() {
    thread.shutdownNow();
  }

  private static PlacementTable table(long number) {
    return PlacementTable.of(new Generation(1, number), Map.of());
  }

  private static Generation generation(long number) {
    return new Generation(1, number);
  }

  /** Takes the newest table, which is newer than {@code known}. */
  private PlacementTable poll(String reader, long known) throws InterruptedException {
    return board.awaitNewer(reader, generation(known)).orElseThrow();
  }

  private Future<Optional<PlacementTable>> pollInTheBackground(String reader, long known) {
    Future<Optional<PlacementTable>> answer =
        thread.submit(() -> board.awaitNewer(reader, generation(known)));
    Eventually.holds("the poll has begun", () -> waiting.get() != null);
    Eventually.waits(waiting.get());
    return answer;
  }

  @Test
  void aNewerTableIsGivenAtOnce() throws Exception {
    board.publish(table(4));
    assertThat(poll("a", 3)).isSameAs(board.table());
  }

  @Test
  void aPollWaitsForTheNextTable() throws Exception {
    board.publish(table(4));
    Future<Optional<PlacementTable>> answer = pollInTheBackground("a", 4);
    assertThat(answer.isDone()).isFalse();
    PlacementTable next = table(5);
    board.publish(next);
    assertThat(answer.get(20, TimeUnit.SECONDS)).containsSame(next);
  }

  @Test
  void aPollWithoutNewsEndsEmpty() throws Exception {
    board.publish(table(4));
    Future<Optional<PlacementTable>> answer = pollInTheBackground("a", 4);
    ticker.advance(TableBoard.MAX_POLL);
    board.publish(board.table());
    assertThat(answer.get(20, TimeUnit.SECONDS)).isEmpty();
  }

  @Test
  void askingForSomethingNewerAcknowledgesWhatIsKnown() throws Exception {
    board.publish(table(4));
    assertThat(poll("a", 2)).isNotNull();
    assertThat(poll("b", 3)).isNotNull();
    assertThat(board.acknowledged(generation(2))).isTrue();
    assertThat(board.acknowledged(generation(3))).isFalse();
    assertThat(poll("a", 3)).isNotNull();
    assertThat(board.acknowledged(generation(3))).isTrue();
    assertThat(board.acknowledged(generation(4))).isFalse();
    assertThat(board.readerCount()).isEqualTo(2);
  }

  @Test
  void aReaderThatStaysAwayIsTakenForGone() throws Exception {
    board.publish(table(4));
    assertThat(poll("a", 1)).isNotNull();
    ticker.advance(LEASE.minusMillis(1));
    assertThat(board.acknowledged(generation(4))).isFalse();
    assertThat(poll("b", 3)).isNotNull();
    ticker.advance(Duration.ofMillis(1));
    assertThat(board.readerCount()).isOne();
    assertThat(board.acknowledged(generation(3))).isTrue();
    assertThat(board.acknowledged(generation(4))).isFalse();
  }

  @Test
  void acknowledgementIsWaitedFor() throws Exception {
    board.publish(table(4));
    assertThat(poll("a", 3)).isNotNull();
    Future<Boolean> acknowledged =
        thread.submit(
            () -> board.awaitAcknowledged(generation(4), ticker.in(Duration.ofSeconds(1))));
    Eventually.holds("it has begun", () -> waiting.get() != null);
    Eventually.waits(waiting.get());
    assertThat(acknowledged.isDone()).isFalse();
    board.publish(table(5));
    assertThat(poll("a", 4)).isNotNull();
    assertThat(acknowledged.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void acknowledgementIsNotWaitedForPastTheDeadline() throws Exception {
    board.publish(table(4));
    assertThat(poll("a", 3)).isNotNull();
    assertThat(board.awaitAcknowledged(generation(4), ticker.in(Duration.ZERO))).isFalse();
  }

  /** The readers of the SharedMemory before this one have not found this one yet. */
  @Test
  void aNewBoardWaitsForTheReadersOfTheOneBeforeIt() throws Exception {
    TableBoard fresh = new TableBoard(Set::of, ticker);
    fresh.publish(table(4));
    assertThat(fresh.acknowledged(generation(4))).as("nobody has asked yet").isFalse();
    assertThat(fresh.awaitNewer("a", generation(3))).isPresent();
    ticker.advance(LEASE.minusMillis(1));
    assertThat(fresh.acknowledged(generation(3))).isFalse();
    ticker.advance(Duration.ofMillis(1));
    assertThat(fresh.acknowledged(generation(4))).as("whoever lived would have asked").isTrue();
  }

  @Test
  void aNewBoardWaitsNoLongerThanUntilAllThatThereAreHaveAsked() throws Exception {
    Set<String> there = new TreeSet<>(Set.of("a", "b"));
    TableBoard fresh = new TableBoard(() -> there, ticker);
    fresh.publish(table(4));
    assertThat(fresh.awaitNewer("a", generation(3))).isPresent();
    assertThat(fresh.awaitNewer("b", generation(3))).isPresent();
    assertThat(fresh.acknowledged(generation(3))).as("who is not named yet may ask").isFalse();
    ticker.advance(TableBoard.MAX_POLL);
    there.add("c");
    assertThat(fresh.acknowledged(generation(3))).as("c has not asked").isFalse();
    assertThat(fresh.awaitNewer("c", generation(2))).isPresent();
    assertThat(fresh.acknowledged(generation(3))).as("c routes by an older one").isFalse();
    assertThat(fresh.awaitNewer("c", generation(3))).isPresent();
    assertThat(fresh.acknowledged(generation(3))).isTrue();
    there.add("d");
    assertThat(fresh.acknowledged(generation(3))).as("d is newer than the table").isTrue();
  }

  @Test
  void anEmptyBoardHasTheEmptyTable() {
    assertThat(board.table()).isSameAs(PlacementTable.EMPTY);
    assertThat(board.readerCount()).isZero();
  }
}
