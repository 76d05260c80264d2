package io.manymodels.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.placement.Generation;
import io.manymodels.placement.PlacementTable;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TableSnapshotTest {
  private final List<Generation> derived = new ArrayList<>();
  private final TableSnapshot<String> snapshot =
      new TableSnapshot<>(
          table -> {
            derived.add(table.generation());
            return "derived from " + table.generation();
          });

  private static PlacementTable table(long term, long number) {
    return PlacementTable.of(new Generation(term, number), Map.of());
  }

  @Test
  void startsWithTheEmptyTable() {
    assertThat(snapshot.get().table()).isSameAs(PlacementTable.EMPTY);
    assertThat(snapshot.get().value()).isEqualTo("derived from 0.0");
  }

  @Test
  void takesNewerTablesOnlyWhoeverSendsThem() {
    snapshot.offer(table(2, 5));
    snapshot.offer(table(2, 4));
    snapshot.offer(table(1, 99));
    snapshot.offer(table(2, 5));
    assertThat(snapshot.get().table().generation()).isEqualTo(new Generation(2, 5));
    snapshot.offer(table(3, 0));
    assertThat(snapshot.get().value()).isEqualTo("derived from 3.0");
    assertThat(derived)
        .as("once a generation")
        .containsExactly(Generation.NONE, new Generation(2, 5), new Generation(3, 0));
  }

  @Test
  void whoWaitsForTheFirstTableWaitsNoLonger() throws Exception {
    assertThat(snapshot.awaitFirst(Deadline.after(Duration.ZERO, Ticker.SYSTEM))).isFalse();
    CompletableFuture<Boolean> waiting =
        CompletableFuture.supplyAsync(
            () -> snapshot.awaitFirst(Deadline.after(Duration.ofSeconds(20), Ticker.SYSTEM)));
    snapshot.offer(table(1, 0));
    assertThat(waiting.get(20, TimeUnit.SECONDS)).isTrue();
    assertThat(snapshot.awaitFirst(Deadline.after(Duration.ZERO, Ticker.SYSTEM))).isTrue();
  }
}
