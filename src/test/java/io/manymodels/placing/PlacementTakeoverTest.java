package io.manymodels.placing;

import static io.manymodels.testing.Tenants.mapping;
import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.model.ServingException;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.ReplicaId;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Replicas and owners that end, and their successors. */
class PlacementTakeoverTest extends OwnerFixture {
  @Test
  void aRestartedReplicaLoadsItsModelsAgain() {
    at.settled();
    PlacementTable before = at.owner.table();
    at.restart("Deployment2");
    at.restart("Deployment4");
    assertThat(at.replicas.held("Deployment2", tenant(2))).isFalse();
    at.settle();
    assertThat(at.owner.table()).as("nobody was moved").isSameAs(before);
    assertHeldIsWhatIsPlaced();
  }

  @Test
  void aSecondReplicaIsFilledAndBothAreNeededForAPromotion() {
    at.settled();
    at.start("Deployment1", dynamic(1));
    at.settle();
    assertHeldIsWhatIsPlaced();
    ReplicaId second = at.replicas.replicas("Deployment1").get(1);
    at.replicas.silence(second, true);
    PlacementTable before = at.owner.table();
    at.hit(2, 3, 9, 9);
    assertThat(at.owner.table()).isSameAs(before);
    at.replicas.silence(second, false);
    at.ticker.advance(Duration.ofSeconds(5));
    at.settle();
    at.hit(2, 3, 9, 9);
    assertThat(placed()).containsEntry(tenant(9), "Deployment1");
  }

  @Test
  void aSlowReplicaIsLeftAloneUntilItHasRecovered() {
    at.settled();
    ReplicaId slow = at.replicas.only("Deployment1");
    at.replicas.silence(slow, true);
    at.owner.reconcile();
    at.replicas.silence(slow, false);
    at.owner.reconcile();
    assertThat(at.fleet.reachable(at.application.hot())).doesNotContain("Deployment1");
    at.ticker.advance(Duration.ofSeconds(5));
    at.owner.reconcile();
    assertThat(at.fleet.reachable(at.application.hot())).hasSize(4);
  }

  @Test
  void aRestartKeepsPinsAndPlacedTenants() {
    at.settled();
    at.hit(1, 3, 7, 7);
    assertThat(at.replacePool(mapping(19, "Deployment4"))).isNotNull();
    at.settle();
    PlacementTable before = at.owner.table();
    at.newOwner();
    at.owner.recover();
    assertThat(at.owner.table().placements()).isEqualTo(before.placements());
    assertThat(at.owner.table().generation().newerThan(before.generation())).isTrue();
    at.settle();
    assertThat(at.owner.table().placements())
        .as("an old declaration is no news")
        .isEqualTo(before.placements());
    assertHeldIsWhatIsPlaced();
  }

  @Test
  void aRestartOfEverythingStartsAgainWithPinsAndDeclarations() {
    at.settled();
    assertThat(at.replacePool(mapping(19, "Deployment4"))).isNotNull();
    at.settle();
    at.application.hot().forEach(at::restart);
    at.newOwner();
    at.owner.recover();
    at.settle();
    assertThat(placed())
        .isEqualTo(
            Map.of(
                tenant(1), "Deployment1",
                tenant(2), "Deployment2",
                tenant(3), "Deployment3",
                tenant(19), "Deployment4"));
    assertHeldIsWhatIsPlaced();
  }

  @Test
  void takingOverWaitsForTheStore() {
    at.store.away(true);
    assertThatExceptionOfType(ServingException.class).isThrownBy(at.owner::recover);
    at.store.away(false);
    at.settled();
    assertThat(placed()).hasSize(4);
  }

  @Test
  void anOlderOwnerMayNotWrite() {
    at.settled();
    PlacementOwner older = at.owner;
    at.newOwner();
    at.owner.recover();
    at.settle();
    PlacementTable before = at.owner.table();
    assertThatExceptionOfType(DeposedException.class)
        .isThrownBy(
            () -> older.replaceDedicatedPool(mapping(), at.ticker.in(Duration.ofSeconds(10))));
    assertThat(at.store.read().pins()).isEqualTo(before.pins());
    at.settle();
    assertThat(at.owner.table()).isSameAs(before);
  }

  @Test
  void anOlderOwnerIsNotObeyedAndGivesUp() {
    at.settled();
    PlacementOwner older = at.owner;
    at.newOwner();
    at.owner.recover();
    at.settle();
    at.hit(1, 3, 7, 7);
    at.settle();
    PlacementTable before = older.table();
    assertThatExceptionOfType(DeposedException.class)
        .isThrownBy(() -> PlacementHarness.hit(older, tenants(3, 1, 9, 9)));
    assertThat(at.replicas.held("Deployment2", tenant(9))).as("obeys the newer only").isFalse();
    assertThat(older.table()).isSameAs(before);
    assertThatExceptionOfType(DeposedException.class).isThrownBy(older::reconcile);
    at.settle();
    assertHeldIsWhatIsPlaced();
  }

  /** The newer owner is about to unload it. */
  @Test
  void aModelThatIsThereByChanceIsNoAnswerToAnOlderOwner() {
    at.settled();
    PlacementOwner older = at.owner;
    at.hit(1, 3, 7, 7);
    at.newOwner();
    at.owner.recover();
    assertThat(at.replicas.held("Deployment2", tenant(2))).as("not yet unloaded").isTrue();
    PlacementTable before = older.table();
    assertThatExceptionOfType(DeposedException.class)
        .isThrownBy(() -> PlacementHarness.hit(older, tenants(2, 2, 2, 2)));
    assertThat(older.table()).isSameAs(before);
    at.settle();
  }
}
