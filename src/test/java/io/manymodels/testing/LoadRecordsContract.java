package io.manymodels.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.loading.LoadRecords;
import io.manymodels.loading.LoadRecords.AbandonedLoad;
import io.manymodels.loading.LoadRecords.OpenRecord;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every {@link LoadRecords} does. The records under test start empty. */
public abstract class LoadRecordsContract {
  private static final String NAME = "5e".repeat(32);
  private static final String OTHER = "5f".repeat(32);
  private static final Instant LAST = Instant.parse("2026-11-23T08:15:00Z");

  /** The records under test, the same ones during a test. */
  protected abstract LoadRecords records();

  /** Leaves a record as a process does that dies. */
  protected abstract void abandon(String name, Instant last, boolean greedy) throws IOException;

  @Test
  void thereIsNothingAtFirst() throws IOException {
    assertThat(records().abandoned(NAME)).isEmpty();
  }

  @Test
  void whatALiveProcessLoadsIsNotAbandoned() throws IOException {
    OpenRecord first = records().open(NAME);
    OpenRecord second = records().open(NAME);
    first.markGreedy();
    assertThat(records().abandoned(NAME)).isEmpty();
    first.close();
    second.close();
    assertThat(records().abandoned(NAME)).isEmpty();
  }

  @Test
  void abandonedRecordsAreFoundByTheirName() throws IOException {
    abandon(NAME, LAST, true);
    abandon(NAME, LAST.minusSeconds(7), false);
    abandon("warm-up", LAST, false);

    List<AbandonedLoad> found = records().abandoned(NAME);

    assertThat(found).extracting(AbandonedLoad::id).doesNotHaveDuplicates();
    assertThat(found)
        .extracting(load -> load.last() + " " + load.greedy())
        .containsExactlyInAnyOrder(LAST + " true", LAST.minusSeconds(7) + " false");
    assertThat(records().abandoned("warm-up")).hasSize(1);
    assertThat(records().abandoned(OTHER)).isEmpty();
  }

  @Test
  void whatIsRemovedIsGone() throws IOException {
    abandon(NAME, LAST, true);
    abandon(NAME, LAST, true);
    AbandonedLoad first = records().abandoned(NAME).get(0);

    records().remove(first);
    records().remove(first);

    assertThat(records().abandoned(NAME)).hasSize(1).doesNotContain(first);
  }
}
