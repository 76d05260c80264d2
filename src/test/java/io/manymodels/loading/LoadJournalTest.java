package io.manymodels.loading;

import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.FakeLoadRecords;
import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoadJournalTest {
  private static final ArtifactDescriptor ARTIFACT = describe(ref("tenant1", 1), new byte[] {1});
  private static final ArtifactDescriptor OTHER = describe(ref("tenant2", 1), new byte[] {2});

  private final FakeLoadRecords records = new FakeLoadRecords();
  private final FakeTicker ticker = new FakeTicker();

  private LoadJournal journal() {
    return journal(Duration.ZERO);
  }

  private LoadJournal journal(Duration soon, MemoryMeter... memory) {
    return LoadJournal.of(records, soon, List.of(memory), ticker);
  }

  /** Leaves what a process leaves that dies now, in the middle of a greedy load. */
  private void death() {
    records.abandon(ARTIFACT.digest().hex(), ticker.now(), true);
  }

  private void assertRefused(String part) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> journal().begin(ARTIFACT))
        .withMessageContaining(part)
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.LOAD_FAILED);
  }

  @Test
  void aLoadThatEndsLeavesNothing() {
    LoadJournal journal = journal();
    LoadJournal.Entry first = journal.begin(ARTIFACT);
    LoadJournal.Entry second = journal().begin(ARTIFACT);
    Eventually.holds("both are recorded", () -> records.openCount() == 2);
    journal.begin(ARTIFACT).close();
    first.close();
    second.close();
    Eventually.holds("none is left", () -> records.openCount() == 0);
  }

  @Test
  void aProcessThatEndsInGoodOrderLeavesNothingOfTheLoadsUnderWay() {
    LoadJournal journal = journal();
    LoadJournal.Entry load = journal.begin(ARTIFACT);
    Eventually.holds("it is recorded", () -> records.openCount() == 1);
    journal.close();
    assertThat(records.openCount()).isZero();
    load.close();
    assertThat(records.openCount()).isZero();
  }

  @Test
  void aLoadThatEndsSoonIsNotRecorded() {
    LoadJournal.Entry load = journal(Duration.ofMinutes(1)).begin(ARTIFACT);
    assertThat(records.openCount()).isZero();
    load.close();
  }

  @Test
  void whatKilledAReplicaIsRefusedForAWhile() {
    death();
    ticker.advance(Duration.ofSeconds(2));

    assertRefused(
        "model tenant1/1: a replica died while it loaded this model (1 in all);"
            + " it is tried again in 9 s");
    journal().begin(OTHER).close();
    death();
    assertRefused("(2 in all)");
  }

  @Test
  void afterThePauseItIsTriedAgainAndForgottenWhenThatGoesWell() {
    death();
    ticker.advance(Duration.ofSeconds(11));

    LoadJournal.Entry load = journal().begin(ARTIFACT);

    assertThat(records.abandonedCount()).as("it has not gone well yet").isEqualTo(1);
    load.close();
    assertThat(records.abandonedCount()).isZero();
  }

  @Test
  void oneDeathIsNoReasonWhereTheMemoryHadNotShrunk() {
    records.abandon(ARTIFACT.digest().hex(), ticker.now(), false);

    journal().begin(ARTIFACT).close();

    assertThat(records.abandonedCount()).isZero();
  }

  @Test
  void aReplicaAfterOneThatDiedInItsWarmUpStartsCold() {
    LoadJournal.Entry underWay = journal().beginWarmUp().orElseThrow();
    assertThat(records.openCount()).isEqualTo(1);
    journal().beginWarmUp().orElseThrow().close();
    underWay.close();
    assertThat(records.openCount()).isZero();
    records.abandon("warm-up", ticker.now(), false);

    assertThat(journal().beginWarmUp()).isEmpty();

    assertThat(records.abandonedCount()).as("the next one tries again").isZero();
    journal().beginWarmUp().orElseThrow().close();
  }

  @Test
  void aWarmUpRefusesWhatIsDangerousAndRecordsNoLoad() {
    journal().refuseIfDangerous(ARTIFACT).close();
    assertThat(records.openCount()).isZero();
    death();
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> journal().refuseIfDangerous(ARTIFACT));
  }

  /** Memory of 1,000 bytes, of which {@link #free} are free. */
  private static final class Memory implements MemoryMeter {
    private volatile long free = 1_000;

    @Override
    public long limitBytes() {
      return 1_000;
    }

    @Override
    public long freeBytes() {
      return free;
    }

    @Override
    public void reclaim() {}
  }

  @Test
  void aLoadThatTakesMuchOfTheMemoryIsMarked() {
    Memory memory = new Memory();
    LoadJournal.Entry load = journal(Duration.ofMillis(1), memory).begin(ARTIFACT);
    memory.free = 800;
    Eventually.holds("it is recorded", () -> records.openCount() == 1);
    assertThat(records.greedyCount()).isZero();

    memory.free = 700;

    Eventually.holds("it is marked", () -> records.greedyCount() == 1);
    load.close();
    assertThat(records.openCount()).isZero();
  }

  @Test
  void withoutRecordsModelsLoadAllTheSame() {
    death();
    records.breakDown();

    journal().begin(ARTIFACT).close();
    journal().refuseIfDangerous(ARTIFACT).close();
    journal().beginWarmUp().orElseThrow().close();
    LoadJournal.none().begin(ARTIFACT).close();
  }
}
