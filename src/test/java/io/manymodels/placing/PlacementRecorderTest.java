package io.manymodels.placing;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.mapping;
import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.placement.RememberedPlacement;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.LogLines;
import io.manymodels.testing.Requests;
import io.manymodels.time.Deadline;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When what is to be remembered is written. */
class PlacementRecorderTest extends OwnerFixture {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final PlacementRecorder recorder = new PlacementRecorder(at.store, at.ticker);

  @AfterEach
  void closeRecorder() {
    recorder.close();
  }

  private void offerAfter(Duration time) {
    at.ticker.advance(time);
    recorder.offer(at.owner);
  }

  private void awaitWritten(int times) {
    Eventually.holds("it is written", () -> at.store.rememberings() == times);
    Eventually.holds("it is done", () -> !recorder.isWriting());
  }

  private RememberedPlacement written() {
    return at.store.remembered().orElseThrow();
  }

  /** The owner has taken over, and that is written. */
  private void settled() {
    at.settled();
    offerAfter(SECOND);
    awaitWritten(1);
  }

  private Duration untilNextOffer() {
    return recorder.next(at.owner, at.ticker.in(Duration.ofHours(1))).remaining();
  }

  @Test
  void aSecondAfterADecision() {
    settled();
    at.hit(1, 3, 7, 7);
    recorder.offer(at.owner);
    at.hit(1, 3, 8, 8, 8, 8);
    offerAfter(SECOND.minusMillis(1));
    assertThat(at.store.rememberings()).isEqualTo(1);
    assertThat(untilNextOffer()).isEqualTo(Duration.ofMillis(1));
    offerAfter(Duration.ofMillis(1));
    awaitWritten(2);
    assertThat(written().decisions()).isEqualTo(at.owner.history().all());
    assertThat(written().places()).isEqualTo(at.owner.table().placements());
    assertThat(written().traffic().tenants()).hasSize(at.owner.statistics().size());
  }

  @Test
  void nothingWhileNothingHappens() {
    settled();
    for (int i = 0; i < 100; i++) {
      offerAfter(Duration.ofMinutes(1));
    }
    assertThat(untilNextOffer()).isEqualTo(Duration.ofHours(1));
    recorder.finish(at.owner);
    recorder.close();
    assertThat(at.store.rememberings()).isEqualTo(1);
  }

  @Test
  void requestsThatDecideNothingAreWrittenLater() {
    settled();
    at.owner.answered(List.of(Requests.hits(tenant(1), 1)));
    offerAfter(Duration.ofSeconds(29));
    assertThat(at.store.rememberings()).isEqualTo(1);
    assertThat(untilNextOffer()).isEqualTo(SECOND);
    offerAfter(SECOND);
    awaitWritten(2);
    assertThat(written().traffic().tenants()).extracting(of -> of.tenant()).contains(tenant(1));
    at.ticker.advance(Duration.ofHours(1));
    recorder.offer(at.owner);
    assertThat(at.store.rememberings()).isEqualTo(2);
  }

  @Test
  void aPinIsADecision() {
    settled();
    assertThat(at.replacePool(mapping(19, "Deployment4"))).isNotNull();
    offerAfter(SECOND);
    awaitWritten(2);
    assertThat(written().places().get(tenant(19)).pinned()).isTrue();
  }

  @Test
  void atTheEndAtOnce() {
    settled();
    at.hit(1, 3, 7, 7);
    recorder.finish(at.owner);
    recorder.close();
    assertThat(written().decisions()).isEqualTo(at.owner.history().all());
    recorder.finish(at.owner);
    assertThat(at.store.rememberings()).as("it is closed").isEqualTo(2);
  }

  @Test
  void anOwnerThatHasNotTakenOverOverwritesNothing() {
    settled();
    RememberedPlacement before = written();
    at.newOwner();
    recorder.finish(at.owner);
    recorder.close();
    assertThat(written()).isEqualTo(before);
  }

  @Test
  void aStoreThatIsAwayIsToldOnceAndTriedAgain() {
    settled();
    at.store.away(true);
    try (LogLines log = LogLines.of(PlacementRecorder.class, "not written down")) {
      at.hit(1, 3, 7, 7);
      for (int attempt = 2; attempt < 5; attempt++) {
        offerAfter(SECOND);
        awaitWritten(attempt);
      }
      assertThat(log.messages()).hasSize(1);
      at.store.away(false);
      offerAfter(SECOND);
      awaitWritten(5);
      assertThat(written().decisions()).isEqualTo(at.owner.history().all());
      at.store.away(true);
      at.hit(8, 8, 8, 8, 8, 8);
      offerAfter(SECOND);
      awaitWritten(6);
      assertThat(log.messages()).as("a new outage").hasSize(2);
    }
  }

  @Test
  void anOwnerThatWasFollowedByAnotherEndsAndOverwritesNothing() {
    settled();
    PlacementOwner older = at.owner;
    at.newOwner();
    at.owner.recover();
    assertThat(at.remember()).isTrue();
    RememberedPlacement newer = written();
    older.answered(Requests.tenForEach(tenants(7)));
    at.ticker.advance(Duration.ofSeconds(30));
    recorder.offer(older);
    Eventually.holds("it is found out", () -> !recorder.isWriting());
    assertThat(written()).isEqualTo(newer);
    assertThatExceptionOfType(DeposedException.class).isThrownBy(() -> recorder.offer(older));
    recorder.finish(older);
    recorder.close();
    assertThat(written()).isEqualTo(newer);
  }

  /** The store takes a second: then there is nothing more for fifty. */
  @Test
  void aSlowStoreIsAskedSeldom() {
    settled();
    at.store.takes(SECOND, at.ticker);
    at.hit(1, 3, 7, 7);
    offerAfter(SECOND);
    awaitWritten(2);
    at.hit(8, 8, 8, 8, 8, 8);
    assertThat(untilNextOffer()).isEqualTo(Duration.ofSeconds(50));
    offerAfter(Duration.ofSeconds(49));
    assertThat(at.store.rememberings()).isEqualTo(2);
    offerAfter(SECOND);
    awaitWritten(3);
  }

  @Test
  void theNextOfferIsNeverLaterThanWhatElseIsDue() {
    settled();
    Deadline soon = at.ticker.in(Duration.ofMillis(5));
    assertThat(recorder.next(at.owner, soon).remaining()).isEqualTo(Duration.ofMillis(5));
    at.owner.answered(Requests.tenForEach(firstTo(3)));
    assertThat(recorder.next(at.owner, soon).remaining()).isEqualTo(Duration.ofMillis(5));
  }
}
