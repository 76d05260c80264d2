package io.manymodels.placing;

import static io.manymodels.testing.Tenants.mapping;
import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Explanation;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementEvent;
import io.manymodels.placement.PlacementEvent.Kind;
import io.manymodels.placement.PlacementTable;
import io.manymodels.placement.RememberedPlacement;
import io.manymodels.routing.ReplicaId;
import io.manymodels.testing.Requests;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Dynamic places, decisions and traffic after everything was killed and started again. */
class RestorationTest extends OwnerFixture {

  /** Tenant 7 has displaced tenant 2, and that is remembered. */
  private void promoted() {
    at.settled();
    at.hit(1, 3, 7, 7);
    at.settle();
    assertThat(placed()).containsEntry(tenant(7), "Deployment2").doesNotContainKey(tenant(2));
    assertThat(at.remember()).isTrue();
  }

  private List<PlacementEvent> lost() {
    return at.owner.history().all().stream()
        .filter(event -> event.reason().startsWith("NOT_RESTORED"))
        .toList();
  }

  @Test
  void everybodyHasTheSamePlaceAgainWithoutARequest() {
    promoted();
    assertThat(at.replacePool(mapping(19, "Deployment4"))).isNotNull();
    at.settle();
    assertThat(at.remember()).isTrue();
    PlacementTable before = at.owner.table();
    at.restartEverything();
    assertThat(at.owner.table().placements())
        .as("pins at once, and a table to serve by before anything is loaded")
        .isEqualTo(Map.of(tenant(19), new Placement("Deployment4", true)));
    assertThat(at.models.open()).isEmpty();
    at.owner.reconcile();
    at.restore();
    assertThat(at.owner.table().placements()).isEqualTo(before.placements());
    at.settle();
    assertThat(at.owner.table().placements()).isEqualTo(before.placements());
    assertHeldIsWhatIsPlaced();
  }

  @Test
  void decisionsAreTheSameAndNothingIsAddedToThem() {
    promoted();
    Explanation before = at.owner.explain(tenant(7));
    List<PlacementEvent> decisions = at.owner.history().all();
    at.ticker.advance(Duration.ofHours(1));
    at.restartEverything();
    assertThat(at.owner.explain(tenant(7)).outlook().text())
        .isEqualTo("it was in Deployment2 before a restart and is being loaded there again");
    at.settle();
    assertThat(at.owner.history().all()).isEqualTo(decisions);
    assertThat(at.owner.history().numberedSince()).isEqualTo(1);
    Explanation after = at.owner.explain(tenant(7));
    assertThat(after.since()).isEqualTo(before.since()).isPresent();
    assertThat(after.events()).isEqualTo(before.events());
    assertThat(at.owner.explain(tenant(2)).since().orElseThrow().others())
        .containsExactly(tenant(7));
  }

  /** Only SharedMemory was restarted. */
  @Test
  void nothingIsNotedWhereReplicasHaveWhatIsRemembered() {
    promoted();
    PlacementTable before = at.owner.table();
    List<PlacementEvent> decisions = at.owner.history().all();
    at.newOwner();
    at.owner.recover();
    assertThat(at.owner.restoring()).isFalse();
    assertThat(at.owner.table().placements()).isEqualTo(before.placements());
    at.settle();
    assertThat(at.owner.history().all()).isEqualTo(decisions);
  }

  /** What was remembered is older than the last move. */
  @Test
  void whatReplicasHoldWinsOverWhatIsRemembered() {
    at.settled();
    assertThat(at.remember()).isTrue();
    at.hit(1, 3, 7, 7);
    at.settle();
    at.newOwner();
    at.owner.recover();
    at.settle();
    assertThat(placed()).containsEntry(tenant(7), "Deployment2").doesNotContainKey(tenant(2));
    assertThat(at.owner.explain(tenant(7)).since().orElseThrow().kind()).isEqualTo(Kind.FOUND);
    assertThat(lost()).extracting(PlacementEvent::tenant).containsExactly(tenant(2));
    assertThat(lost().get(0).reason()).contains("others have the places in Deployment2");
    assertHeldIsWhatIsPlaced();
  }

  @Test
  void aReaderThatGoesOnMissesNothingAndReadsNothingTwice() {
    promoted();
    at.hit(8, 8, 8, 8, 8, 8);
    long read = at.owner.history().last();
    at.restartEverything();
    assertThat(at.owner.history().after(read, 10)).isEmpty();
    at.models.breakModel(tenant(7), new ServingException(ErrorCode.LOAD_FAILED, "broken"));
    at.settle();
    List<PlacementEvent> more = at.owner.history().after(read, 10);
    assertThat(more).isNotEmpty();
    assertThat(at.owner.history().all()).containsAll(more);
  }

  @Test
  void aRequestOfAnybodyDisplacesNobody() {
    promoted();
    at.ticker.advance(Duration.ofMinutes(10));
    at.restartEverything();
    at.owner.reconcile();
    at.restore();
    at.owner.answered(List.of(Requests.hits(tenant(9), 2)));
    at.owner.decide();
    assertThat(placed()).containsEntry(tenant(7), "Deployment2").doesNotContainKey(tenant(9));
    assertThat(at.owner.explain(tenant(7)).worth().hits()).isBetween(19.0, 20.0);
    at.hit(9, 9, 9, 9, 9, 9, 9, 9);
    assertThat(placed()).as("but enough of them do").containsKey(tenant(9));
  }

  @Test
  void trafficTakesNoPlaceThatIsAboutToBeGivenBack() {
    promoted();
    at.restartEverything();
    at.owner.reconcile();
    assertThat(at.owner.restoring()).isTrue();
    at.hit(9, 9, 9, 9, 9, 9, 9, 9);
    assertThat(placed()).doesNotContainKey(tenant(9));
    at.restore();
    assertThat(placed()).containsEntry(tenant(7), "Deployment2");
  }

  @Test
  void aModelThatDoesNotLoadIsLeftOutAndTheReasonTold() {
    promoted();
    at.models.breakModel(tenant(7), new ServingException(ErrorCode.LOAD_FAILED, "it is broken"));
    at.restartEverything();
    at.settle();
    Explanation told = at.owner.explain(tenant(7));
    assertThat(told.placement()).isEmpty();
    assertThat(told.since().orElseThrow().kind()).isEqualTo(Kind.EVICTED);
    assertThat(told.since().orElseThrow().reason()).isEqualTo("NOT_RESTORED: it is broken");
    assertThat(told.outlook().text()).doesNotContain("restart");
    assertThat(placed())
        .as("nobody is known to have been there: it begins as it is configured")
        .containsEntry(tenant(2), "Deployment2");
    assertThat(at.owner.evictions()).isEqualTo(1);
    assertHeldIsWhatIsPlaced();
  }

  @Test
  void aTenantWithoutAModelHasLostItsPlace() {
    promoted();
    at.models.delete(tenant(7));
    at.restartEverything();
    at.settle();
    assertThat(lost()).extracting(PlacementEvent::tenant).containsExactly(tenant(7));
  }

  @Test
  void whileTheRegistryIsAwayNobodyLosesAPlace() {
    promoted();
    PlacementTable before = at.owner.table();
    at.models.registryAway(true);
    at.restartEverything();
    at.owner.reconcile();
    at.restore();
    assertThat(placed()).containsOnlyKeys(tenant(4));
    assertThat(at.owner.awaited()).isEqualTo(3);
    assertThat(at.remember()).as("another crash loses nothing either").isTrue();
    at.restartEverything();
    at.models.registryAway(false);
    at.ticker.advance(Duration.ofSeconds(5));
    at.settle();
    assertThat(at.owner.table().placements()).isEqualTo(before.placements());
    assertThat(lost()).isEmpty();
  }

  @Test
  void aDeploymentThatComesUpLaterIsFilledThen() {
    promoted();
    ReplicaId late = at.replicas.only("Deployment2");
    at.restart("Deployment1");
    at.restart("Deployment3");
    at.restart("Deployment4");
    at.replicas.kill(late);
    at.replicas.reportLost(late);
    at.newOwner();
    at.owner.recover();
    at.settle();
    assertThat(placed()).containsOnlyKeys(tenant(1), tenant(3), tenant(4));
    assertThat(at.owner.restoring()).isFalse();
    assertThat(at.owner.awaited()).isEqualTo(1);
    at.start("Deployment2", dynamic(2));
    at.settle();
    assertThat(placed()).containsEntry(tenant(7), "Deployment2").doesNotContainKey(tenant(2));
    assertThat(at.owner.awaited()).isZero();
  }

  @Test
  void aTenantThatTrafficHasPlacedMeanwhileStaysThere() {
    promoted();
    ReplicaId late = at.replicas.only("Deployment2");
    at.restart("Deployment1");
    at.replicas.kill(late);
    at.replicas.reportLost(late);
    at.newOwner();
    at.owner.recover();
    at.settle();
    at.hit(7, 7, 7, 7, 7, 7, 7, 7);
    assertThat(placed().get(tenant(7))).isNotNull().isNotEqualTo("Deployment2");
    Map<TenantId, String> before = placed();
    at.start("Deployment2", dynamic(2));
    at.settle();
    assertThat(placed()).containsAllEntriesOf(before);
    assertThat(lost()).isEmpty();
  }

  @Test
  void operatorsGoFirst() {
    promoted();
    at.restartEverything();
    at.owner.reconcile();
    assertThat(at.replacePool(mapping(12, "Deployment2"))).isNotNull();
    at.settle();
    assertThat(placed()).containsEntry(tenant(12), "Deployment2").doesNotContainKey(tenant(7));
    assertThat(lost()).extracting(PlacementEvent::tenant).containsExactly(tenant(7));
  }

  @Test
  void aPlaceInWhatIsDedicatedByNowIsLost() {
    promoted();
    at.replicas.reconfigure("Deployment2", dedicated(1, 11));
    at.restartEverything();
    at.settle();
    assertThat(placed()).containsEntry(tenant(11), "Deployment2").doesNotContainKey(tenant(7));
    assertThat(lost()).extracting(PlacementEvent::tenant).containsExactly(tenant(7));
    assertThat(lost().get(0).reason()).contains("Deployment2 is not in the dynamic pool");
  }

  @Test
  void aNewConfigurationIsAppliedBeforePlacesAreGivenBack() {
    promoted();
    at.replicas.reconfigure("Deployment2", new HotConfig(tenants(5), 2, Pool.DYNAMIC));
    at.restartEverything();
    at.settle();
    assertThat(placed())
        .containsEntry(tenant(5), "Deployment2")
        .containsEntry(tenant(7), "Deployment2");
  }

  @Test
  void aPlaceInADeploymentThatIsNoMoreIsLost() {
    promoted();
    RememberedPlacement now = at.owner.remembered();
    SortedMap<TenantId, Placement> places = new TreeMap<>(now.places());
    places.put(tenant(6), new Placement("Deployment9", false));
    long term = at.owner.table().generation().term();
    assertThat(
            at.store.remember(
                term,
                new RememberedPlacement(
                    now.numberedSince(), now.decisions(), places, now.traffic())))
        .isTrue();
    at.restartEverything();
    at.settle();
    assertThat(lost()).extracting(PlacementEvent::tenant).containsExactly(tenant(6));
  }

  /** A pin that was taken away after the last time that something was remembered. */
  @Test
  void aPinIsNeverTakenFromWhatIsRemembered() {
    promoted();
    assertThat(at.replacePool(mapping())).isNotNull();
    at.settle();
    at.restartEverything();
    at.settle();
    assertThat(at.owner.table().pins()).isEmpty();
    assertThat(lost()).extracting(PlacementEvent::tenant).containsExactly(tenant(4));
  }

  @Test
  void withoutAMemoryTheHistoryBeginsAnew() {
    promoted();
    long term = at.owner.table().generation().term();
    assertThat(at.store.remember(term, RememberedPlacement.NOTHING)).isTrue();
    at.restartEverything();
    at.settle();
    assertThat(placed()).as("as configured").containsEntry(tenant(2), "Deployment2");
    assertThat(at.owner.history().numberedSince()).isEqualTo(term + 1);
  }

  /** A hundred tenants, in a deployment that takes as many. */
  private List<TenantId> crowd() {
    List<TenantId> crowd =
        IntStream.rangeClosed(1, 100).mapToObj(i -> new TenantId("crowd" + (i + 100))).toList();
    at.models.with(crowd);
    at.replicas.reconfigure("Deployment1", new HotConfig(List.of(), 100, Pool.DYNAMIC));
    at.settled();
    for (int i = 0; i < crowd.size(); i++) {
      at.owner.answered(List.of(Requests.hits(crowd.get(i), 100 + i)));
    }
    at.owner.decide();
    at.settle();
    assertThat(at.owner.table().tenantsOf("Deployment1")).containsExactlyElementsOf(crowd);
    assertThat(at.remember()).isTrue();
    return crowd;
  }

  @Test
  void manyAreGivenBackAFewAtATimeTheMostWorthyFirst() {
    List<TenantId> crowd = crowd();
    at.restartEverything();
    at.owner.reconcile();
    at.owner.restore();
    assertThat(at.owner.table().tenantsOf("Deployment1"))
        .containsExactlyElementsOf(crowd.subList(36, 100));
    assertThat(at.owner.restoring()).isTrue();
    assertThat(at.remember()).isTrue();
    at.restartEverything();
    at.settle();
    assertThat(at.owner.table().tenantsOf("Deployment1")).containsExactlyElementsOf(crowd);
    assertThat(lost()).isEmpty();
    assertHeldIsWhatIsPlaced();
  }

  @Test
  void inLessRoomTheMostWorthyHaveTheirPlacesAgain() {
    List<TenantId> crowd = crowd();
    at.replicas.reconfigure("Deployment1", new HotConfig(List.of(), 10, Pool.DYNAMIC));
    at.restartEverything();
    at.settle();
    assertThat(at.owner.table().tenantsOf("Deployment1"))
        .containsExactlyElementsOf(crowd.subList(90, 100));
    assertThat(lost()).hasSize(90);
    assertHeldIsWhatIsPlaced();
  }

  @Test
  void noMoreBytesAreLoadedThanFit() {
    List<TenantId> crowd = crowd();
    crowd.forEach(tenant -> at.models.weigh(tenant, 1_000));
    at.replicas.reconfigure("Deployment1", new HotConfig(List.of(), 100, 1, Pool.DYNAMIC));
    at.settle();
    crowd.forEach(tenant -> at.models.weigh(tenant, 100 << 10));
    at.restartEverything();
    at.settle();
    assertThat(at.owner.table().tenantsOf("Deployment1")).hasSize(10);
    assertThat(lost()).hasSize(90);
    assertHeldIsWhatIsPlaced();
  }

  /** They load after the deadline of the round in which they were asked for. */
  @Test
  void modelsThatAreLateAreWaitedForAsLongAsOthersCome() {
    List<TenantId> crowd = crowd();
    at.replicas.loadInTime(10);
    at.restartEverything();
    at.owner.reconcile();
    at.owner.restore();
    assertThat(at.owner.table().tenantsOf("Deployment1")).hasSize(10);
    at.settle();
    assertThat(at.owner.table().tenantsOf("Deployment1")).containsExactlyElementsOf(crowd);
    assertThat(lost()).isEmpty();
    assertThat(crowd)
        .as("once before and once after: what comes late is not unloaded")
        .allMatch(tenant -> at.models.loads(tenant) == 2);
  }

  @Test
  void modelsThatNeverComeAreGivenUp() {
    List<TenantId> crowd = crowd();
    at.replicas.loadInTime(0);
    at.restartEverything();
    at.owner.reconcile();
    at.restore();
    assertThat(lost()).hasSize(crowd.size() + 2);
    assertThat(at.owner.awaited()).isZero();
    at.replicas.loadInTime(Integer.MAX_VALUE);
    at.settle();
    assertHeldIsWhatIsPlaced();
  }

  @Test
  void aReplicaThatDoesNotAnswerIsWaitedFor() {
    List<TenantId> crowd = crowd();
    at.restartEverything();
    at.owner.reconcile();
    ReplicaId silent = at.replicas.only("Deployment1");
    at.replicas.silence(silent, true);
    at.restore();
    assertThat(at.owner.table().tenantsOf("Deployment1")).isEmpty();
    assertThat(at.owner.awaited()).isEqualTo(crowd.size());
    at.replicas.silence(silent, false);
    at.ticker.advance(Duration.ofSeconds(5));
    at.settle();
    assertThat(at.owner.table().tenantsOf("Deployment1")).containsExactlyElementsOf(crowd);
    assertThat(new ArrayList<>(lost())).isEmpty();
  }
}
