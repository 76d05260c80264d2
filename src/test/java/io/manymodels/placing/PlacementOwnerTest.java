package io.manymodels.placing;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.mapping;
import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.config.HotConfig;
import io.manymodels.config.PlacementConfig;
import io.manymodels.config.PolicyConfig;
import io.manymodels.config.Pool;
import io.manymodels.holding.HotReport;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import io.manymodels.placement.Generation;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.ReplicaId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What operators and traffic have the owner do. */
class PlacementOwnerTest extends OwnerFixture {
  private static final String LEFT_OUT = "left out until the registry has a model of them: ";

  private ServingException poolFailure(SortedMap<TenantId, String> mapping) {
    PlacementTable before = at.owner.table();
    try {
      Generation generation = at.replacePool(mapping);
      throw new AssertionError("taken as " + generation);
    } catch (ServingException e) {
      assertThat(at.owner.table()).as("nothing changed").isSameAs(before);
      assertThat(at.store.read().pins()).isEqualTo(before.pins());
      return e;
    }
  }

  @Test
  void startsWithTheTenantsThatAreDeclared() {
    at.settled();
    assertThat(placed())
        .isEqualTo(
            Map.of(
                tenant(1), "Deployment1",
                tenant(2), "Deployment2",
                tenant(3), "Deployment3",
                tenant(4), "Deployment4"));
    assertThat(at.owner.table().pins()).isEqualTo(mapping(4, "Deployment4"));
    assertThat(at.store.read().declared()).hasSize(4).containsEntry("Deployment1", dynamic(1));
    assertHeldIsWhatIsPlaced();
    assertThat(at.owner.refusals()).isEmpty();
  }

  @Test
  void aReplicaIsAskedForAReportOnlyWhenItsDigestIsAnother() {
    at.settled();
    int asked = at.replicas.reports();
    for (int i = 0; i < 5; i++) {
      at.owner.reconcile();
    }
    assertThat(at.replicas.reports()).isEqualTo(asked);
    at.replicas.refuseConfig("Deployment2", "on purpose, for a test");
    at.owner.reconcile();
    at.owner.reconcile();
    assertThat(at.replicas.reports()).as("one of four").isEqualTo(asked + 1);
    at.hit(1, 3, 7, 7);
    at.settle();
    assertHeldIsWhatIsPlaced();
    assertThat(at.replicas.reports()).as("a command is answered by a report").isEqualTo(asked + 1);
    at.replicas.silence(at.replicas.only("Deployment1"), true);
    at.owner.reconcile();
    assertThat(at.replicas.reports()).as("one that tells none is asked").isEqualTo(asked + 2);
  }

  @Test
  void aHitPromotesAndTheLeastWorthLeavesAfterwards() {
    at.settled();
    at.hit(1, 3, 7, 7);
    assertThat(placed()).containsEntry(tenant(7), "Deployment2").doesNotContainKey(tenant(2));
    assertThat(at.replicas.held("Deployment2", tenant(7))).as("loaded before routed").isTrue();
    assertThat(at.replicas.held("Deployment2", tenant(2))).as("still routed to").isTrue();
    assertThat(at.owner.unloadsPending()).isTrue();
    at.owner.unloadDeparted();
    assertThat(at.replicas.held("Deployment2", tenant(2))).isTrue();
    at.dispatchers.get(0).poll();
    at.dispatchers.get(0).poll();
    at.owner.unloadDeparted();
    assertThat(at.replicas.held("Deployment2", tenant(2))).as("one has acknowledged").isTrue();
    at.dispatchers.get(1).poll();
    at.dispatchers.get(1).poll();
    at.owner.unloadDeparted();
    assertThat(at.replicas.held("Deployment2", tenant(2))).isFalse();
    assertThat(at.owner.unloadsPending()).isFalse();
    assertThat(at.owner.promotions()).isOne();
    assertThat(at.owner.evictions()).isOne();
  }

  @Test
  void aDispatcherThatIsGoneDoesNotHoldUpUnloadsForEver() {
    at.settled();
    at.hit(1, 3, 7, 7);
    at.dispatchers.remove(1);
    at.dispatchers.get(0).poll();
    at.ticker.advance(Duration.ofSeconds(2));
    at.poll();
    at.owner.unloadDeparted();
    assertThat(at.replicas.held("Deployment2", tenant(2))).isTrue();
    at.ticker.advance(Duration.ofSeconds(2));
    at.poll();
    at.owner.unloadDeparted();
    assertThat(at.replicas.held("Deployment2", tenant(2))).isFalse();
  }

  @Test
  void aPromotionThatDoesNotLoadLeavesTheTableAlone() {
    at.settled();
    PlacementTable before = at.owner.table();
    at.models.breakModel(tenant(7), new ServingException(ErrorCode.LOAD_FAILED, "broken"));
    at.hit(1, 3, 7, 7);
    assertThat(at.owner.table()).isSameAs(before);
    assertThat(at.owner.promotions()).isZero();
    assertThat(at.owner.evictions()).isZero();
    at.settle();
    assertHeldIsWhatIsPlaced();
  }

  @Test
  void aTenantWhoseModelIsDeletedLosesItsPlaceAndItsPinWaitsForAnother() {
    at.settled();
    at.hit(1, 3, 7, 7);
    at.settle();
    assertThat(placed()).containsEntry(tenant(7), "Deployment2").containsKey(tenant(1));
    at.models.delete(tenant(7));
    at.models.delete(tenant(4));
    at.settle();
    assertThat(placed()).as("whoever is loaded goes on").containsKeys(tenant(7), tenant(4));
    at.restart("Deployment2");
    at.restart("Deployment4");
    at.settle();
    assertThat(placed()).doesNotContainKeys(tenant(7), tenant(4));
    assertThat(lastEvent(tenant(7))).contains("MODEL_GONE");
    assertThat(lastEvent(tenant(4))).contains("MODEL_GONE").contains("a pin waits");
    assertThat(at.owner.refusals()).containsEntry("Deployment4", LEFT_OUT + "'tenant04'");
    at.newOwner();
    at.settled();
    at.settle();
    assertThat(placed()).as("and a restart changes nothing").doesNotContainKey(tenant(4));
    at.models.publish(tenant(4), 2);
    at.settle();
    at.settle();
    assertThat(at.owner.table().pins()).isEqualTo(mapping(4, "Deployment4"));
    assertThat(lastEvent(tenant(4))).contains("PINNED");
    assertThat(at.owner.refusals()).isEmpty();
    assertHeldIsWhatIsPlaced();
  }

  private String lastEvent(TenantId tenant) {
    return at.owner.history().of(tenant, 1).get(0).toString();
  }

  @Test
  void aPinOutlivesARegistryThatIsAway() {
    at.settled();
    at.models.registryAway(true);
    at.restart("Deployment4");
    at.newOwner();
    at.settled();
    at.settle();
    assertThat(at.owner.table().pins()).isEqualTo(mapping(4, "Deployment4"));
    at.models.registryAway(false);
    at.settle();
    at.settle();
    assertHeldIsWhatIsPlaced();
  }

  /** As after a switch to another registry: the stored user_config is that which is declared. */
  @Test
  void anotherRegistryHasNoneOfTheDeclaredTenants() {
    at.settled();
    for (int i = 1; i <= 4; i++) {
      at.models.delete(tenant(i));
      at.restart("Deployment" + i);
    }
    at.newOwner();
    at.settled();
    at.settle();
    assertThat(placed()).isEmpty();
    assertThat(at.owner.refusals())
        .as("it is said as long as it is so")
        .containsOnlyKeys("Deployment1", "Deployment2", "Deployment3", "Deployment4");
    at.models.with(tenants(1, 2, 3, 4));
    at.settle();
    at.settle();
    at.settle();
    assertThat(placed()).containsOnlyKeys(tenants(1, 2, 3, 4));
    assertThat(at.owner.refusals()).isEmpty();
    assertHeldIsWhatIsPlaced();
  }

  @Test
  void aDeclarationIsAppliedWithoutTheTenantsThatHaveNoModel() {
    at.settled();
    at.replicas.reconfigure("Deployment4", dedicated(4, 1, 77, 78));
    at.settle();
    assertThat(at.owner.table().pins()).isEqualTo(mapping(1, "Deployment4"));
    assertThat(at.owner.capacities().capacity("Deployment4")).isEqualTo(4);
    assertThat(at.owner.refusals())
        .isEqualTo(Map.of("Deployment4", LEFT_OUT + "'tenant77', 'tenant78'"));
    at.models.publish(tenant(78), 1);
    at.settle();
    at.settle();
    assertThat(at.owner.table().pins()).isEqualTo(mapping(1, "Deployment4", 78, "Deployment4"));
    assertThat(at.owner.refusals()).isEqualTo(Map.of("Deployment4", LEFT_OUT + "'tenant77'"));
    at.replicas.reconfigure("Deployment4", dedicated(4, 1, 78));
    at.settle();
    assertThat(at.owner.refusals()).as("nobody asks for it any more").isEmpty();
    assertHeldIsWhatIsPlaced();
  }

  /** A user_config that is in force already is no news to a new owner. */
  @Test
  void aNewOwnerStillSaysWhoWasLeftOutOfADeclaration() {
    at.settled();
    HotConfig withoutModel = new HotConfig(tenants(3, 78), 2, Pool.DYNAMIC);
    at.replicas.reconfigure("Deployment3", withoutModel);
    at.replicas.reconfigure("Deployment4", dedicated(2, 4, 77));
    at.settle();
    Map<String, String> refusals =
        Map.of("Deployment3", LEFT_OUT + "'tenant78'", "Deployment4", LEFT_OUT + "'tenant77'");
    assertThat(at.owner.refusals()).isEqualTo(refusals);
    at.newOwner();
    at.settled();
    at.settle();
    assertThat(at.owner.refusals()).isEqualTo(refusals);
    at.models.with(tenants(77, 78));
    at.settle();
    at.settle();
    assertThat(placed()).containsEntry(tenant(78), "Deployment3");
    assertThat(at.owner.table().pins()).isEqualTo(mapping(4, "Deployment4", 77, "Deployment4"));
    assertThat(at.owner.refusals()).isEmpty();
  }

  @Test
  void aLaterPoolOutlivesTheModelOfATenantThatWasLeftOut() {
    at.settled();
    at.replicas.reconfigure("Deployment4", dedicated(1, 77));
    at.settle();
    assertThat(at.replacePool(mapping(9, "Deployment4"))).isNotNull();
    at.models.publish(tenant(77), 1);
    at.settle();
    at.settle();
    assertThat(at.owner.table().pins()).isEqualTo(mapping(9, "Deployment4"));
    assertThat(at.owner.refusals()).isEmpty();
  }

  @Test
  void aDeclarationThatCannotBeAppliedNowSaysSo() {
    at.settled();
    at.models.registryAway(true);
    at.replicas.reconfigure("Deployment4", dedicated(2, 4, 5));
    assertThatExceptionOfType(ServingException.class).isThrownBy(at.owner::reconcile);
    assertThat(at.owner.refusals()).containsOnlyKeys("Deployment4");
    at.models.registryAway(false);
    at.store.away(true);
    assertThatExceptionOfType(ServingException.class).isThrownBy(at.owner::reconcile);
    assertThat(at.owner.refusals()).isEqualTo(Map.of("Deployment4", "the store is away"));
    at.store.away(false);
    at.settle();
    assertThat(at.owner.refusals()).isEmpty();
    assertThat(at.owner.table().pins()).isEqualTo(mapping(4, "Deployment4", 5, "Deployment4"));
  }

  @Test
  void aDeclarationThatIsHeldUpKeepsNoReplicaEmpty() {
    at.settled();
    at.store.away(true);
    at.replicas.reconfigure("Deployment4", dedicated(2, 4, 5));
    at.replicas.restart("Deployment1");
    assertThatExceptionOfType(ServingException.class).isThrownBy(at.owner::reconcile);
    assertThat(at.replicas.held("Deployment1", tenant(1))).isTrue();
    at.store.away(false);
    at.settle();
  }

  @Test
  void movesPerSecondAreLimited() {
    at.start("Deployment3", dynamic(3));
    at.replicas.reconfigure("Deployment1", new HotConfig(List.of(), 30, Pool.DYNAMIC));
    at.models.with(firstTo(60));
    at.owner.reconfigure(
        new PlacementConfig(20, 1_000, 10_000, 5_000, 100_000, 20, PolicyConfig.DEFAULT));
    at.settled();
    PlacementHarness.hit(at.owner, firstTo(60).subList(10, 60));
    assertThat(at.owner.promotions()).isEqualTo(20);
    at.owner.decide();
    assertThat(at.owner.promotions()).isEqualTo(20);
    at.ticker.advance(Duration.ofMillis(250));
    at.poll();
    at.owner.decide();
    assertThat(at.owner.promotions()).isEqualTo(25);
  }

  @Test
  void nobodyIsPromotedWhereAReplicaDoesNotAnswer() {
    at.settled();
    for (int i = 1; i <= 3; i++) {
      at.replicas.silence(at.replicas.only("Deployment" + i), true);
    }
    PlacementTable before = at.owner.table();
    at.owner.reconcile();
    at.hit(7);
    assertThat(at.owner.table()).isSameAs(before);
  }

  @Test
  void aPoolIsReplacedAndLoadedBeforeItIsRouted() {
    at.settled();
    Generation live = at.replacePool(mapping(19, "Deployment4", 20, "Deployment1"));
    assertThat(at.owner.table().pins()).isEqualTo(mapping(19, "Deployment4", 20, "Deployment1"));
    assertThat(at.owner.table().generation()).isEqualTo(live);
    assertThat(at.store.read().pins()).isEqualTo(at.owner.table().pins());
    assertThat(at.replicas.held("Deployment4", tenant(19))).isTrue();
    assertThat(at.replicas.held("Deployment1", tenant(20))).isTrue();
    assertThat(placed()).doesNotContainKeys(tenant(1), tenant(4));
    at.settle();
    assertHeldIsWhatIsPlaced();
    at.hit(5, 6, 7, 8);
    assertThat(at.owner.table().pins()).as("traffic moves no pin").hasSize(2);
  }

  @Test
  void anEmptyMappingEndsAllPins() {
    at.settled();
    assertThat(at.replacePool(mapping())).isEqualTo(at.owner.table().generation());
    assertThat(at.owner.table().pins()).isEmpty();
    assertThat(placed()).doesNotContainKey(tenant(4));
    at.settle();
    assertThat(at.owner.table().pins()).as("the declaration is no news").isEmpty();
    assertHeldIsWhatIsPlaced();
  }

  @Test
  void everyWrongNameIsListedAndNothingChanges() {
    at.settled();
    SortedMap<TenantId, String> mapping = mapping(1, "Deployment9", 77, "Deployment1");
    mapping.put(tenant(2), "Deployment1");
    mapping.put(tenant(88), "Deployment8");
    ServingException refused = poolFailure(mapping);
    assertThat(refused.code()).isEqualTo(ErrorCode.DEDICATED_POOL_REFUSED);
    assertThat(refused.violations())
        .containsExactlyInAnyOrder(
            new Violation("/mapping/tenant01", "no hot deployment 'Deployment9'"),
            new Violation("/mapping/tenant77", "Deployment1 takes 1 models"),
            new Violation("/mapping/tenant77", "tenant 'tenant77' has no model"),
            new Violation("/mapping/tenant88", "no hot deployment 'Deployment8'"),
            new Violation("/mapping/tenant88", "tenant 'tenant88' has no model"));
  }

  @Test
  void aPoolThatCannotBeLoadedChangesNothing() {
    at.settled();
    at.models.breakModel(tenant(19), new ServingException(ErrorCode.ARTIFACT_CORRUPT, "damaged"));
    ServingException failure = poolFailure(mapping(19, "Deployment4", 20, "Deployment1"));
    assertThat(failure.code()).isEqualTo(ErrorCode.ARTIFACT_CORRUPT);
    assertThat(failure).hasMessage("nothing was changed: damaged");
    assertThat(at.replicas.held("Deployment1", tenant(20))).as("it was loaded in vain").isTrue();
    at.settle();
    assertHeldIsWhatIsPlaced();
  }

  @Test
  void aPoolOnADeploymentWithoutAReplicaChangesNothing() {
    at.settled();
    ReplicaId lost = at.replicas.only("Deployment4");
    at.replicas.kill(lost);
    assertThat(poolFailure(mapping(19, "Deployment4")).code()).isEqualTo(ErrorCode.NO_REPLICA);
    assertThat(at.replicas.replicas("Deployment4")).as("it was reported").isEmpty();
    assertThat(poolFailure(mapping(19, "Deployment4")).code()).isEqualTo(ErrorCode.NO_REPLICA);
  }

  @Test
  void aPoolThatCannotBeMadeDurableChangesNothing() {
    at.settled();
    PlacementTable before = at.owner.table();
    at.store.away(true);
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> at.replacePool(mapping(19, "Deployment4")))
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    assertThat(at.owner.table()).isSameAs(before);
    at.store.away(false);
    at.settle();
    assertHeldIsWhatIsPlaced();
    assertThat(at.replacePool(mapping(19, "Deployment4"))).isNotNull();
  }

  @Test
  void aPoolIsNotCheckedAgainstARegistryThatIsAway() {
    at.settled();
    at.models.registryAway(true);
    assertThat(poolFailure(mapping(19, "Deployment4")).code())
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    at.models.registryAway(false);
  }

  @Test
  void aChangedDeclarationIsApplied() {
    at.settled();
    at.replicas.reconfigure("Deployment1", dynamic(5, 6));
    at.replicas.reconfigure("Deployment4", dedicated(3, 1, 7));
    at.settle();
    assertThat(at.owner.table().tenantsOf("Deployment1")).containsExactlyElementsOf(tenants(5, 6));
    assertThat(at.owner.table().pins()).isEqualTo(mapping(1, "Deployment4", 7, "Deployment4"));
    assertThat(at.owner.capacities().capacity("Deployment4")).isEqualTo(3);
    assertHeldIsWhatIsPlaced();
  }

  @Test
  void anImpossibleDeclarationIsRefusedVisiblyAndHarmsNoOther() {
    at.settled();
    at.replicas.reconfigure("Deployment1", dynamic(77));
    at.replicas.reconfigure("Deployment2", dynamic(8));
    at.replicas.reconfigure("Deployment3", dynamic(8));
    at.settle();
    assertThat(placed())
        .containsEntry(tenant(1), "Deployment1")
        .containsEntry(tenant(8), "Deployment2")
        .containsEntry(tenant(3), "Deployment3");
    assertThat(at.owner.refusals())
        .isEqualTo(
            Map.of(
                "Deployment1",
                LEFT_OUT + "'tenant77'",
                "Deployment3",
                "tenant 'tenant08' is also in Deployment2"));
    PlacementStatus status = PlacementLoop.status(at.owner, at.fleet, at.board);
    assertThat(status.deployments())
        .extracting(PlacementStatus.HotStatus::refusal)
        .containsExactly(
            LEFT_OUT + "'tenant77'", "", "tenant 'tenant08' is also in Deployment2", "");
    at.models.publish(tenant(77), 1);
    at.replicas.reconfigure("Deployment3", dynamic(9));
    at.settle();
    at.settle();
    assertThat(placed())
        .containsEntry(tenant(77), "Deployment1")
        .containsEntry(tenant(9), "Deployment3");
    assertThat(at.owner.refusals()).isEmpty();
  }

  @Test
  void aTenantThatAnotherDeclarationInForceNamesStaysThere() {
    at.settled();
    at.replicas.reconfigure("Deployment2", dynamic(8));
    at.settle();
    at.replicas.reconfigure("Deployment3", dynamic(8));
    at.settle();
    at.settle();
    assertThat(placed()).containsEntry(tenant(8), "Deployment2");
    assertThat(at.owner.refusals())
        .isEqualTo(Map.of("Deployment3", "tenant 'tenant08' is also in Deployment2"));
  }

  @Test
  void tenantsSwapTheirDeploymentsThoughOneIsHeardOfFirst() {
    at.settled();
    at.replicas.reconfigure("Deployment1", dynamic(2));
    at.settle();
    assertThat(at.owner.refusals()).containsOnlyKeys("Deployment1");
    at.replicas.reconfigure("Deployment2", dynamic(1));
    at.settle();
    assertThat(at.owner.refusals()).isEmpty();
    assertThat(placed())
        .containsEntry(tenant(1), "Deployment2")
        .containsEntry(tenant(2), "Deployment1");
  }

  @Test
  void aDeclarationWhoseModelDoesNotLoadIsRefused() {
    at.settled();
    at.models.breakModel(tenant(5), new ServingException(ErrorCode.LOAD_FAILED, "broken"));
    at.replicas.reconfigure("Deployment1", dynamic(5));
    at.settle();
    assertThat(placed()).containsEntry(tenant(1), "Deployment1");
    assertThat(at.owner.refusals()).isEqualTo(Map.of("Deployment1", "broken"));
    at.replicas.reconfigure("Deployment1", dynamic(1));
    at.settle();
    assertThat(at.owner.refusals()).as("taken back").isEmpty();
  }

  @Test
  void aDeclarationThatAReplicaRefusedIsVisible() {
    at.settled();
    at.replicas.refuseConfig("Deployment2", "key 'capacity': 0 is not in 1..100000");
    at.settle();
    PlacementStatus status = PlacementLoop.status(at.owner, at.fleet, at.board);
    assertThat(status.deployments().get(1).refusal())
        .isEqualTo("key 'capacity': 0 is not in 1..100000");
    assertThat(status.activity().dispatchers()).isEqualTo(2);
    assertThat(status.deployments().get(3).pool()).isEqualTo("dedicated");
    assertThat(status.deployments().get(0).reports().get(0).getValue().held())
        .extracting(HotReport.Held::tenant)
        .containsExactly(tenant(1));
  }

  @Test
  void aLoadThatIsTooSlowIsNotRouted() {
    at.settled();
    CountDownLatch gate = at.models.holdLoads(tenant(19));
    PlacementTable before = at.owner.table();
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(
            () ->
                at.owner.replaceDedicatedPool(
                    mapping(19, "Deployment4"), at.ticker.in(Duration.ZERO)))
        .withMessage("nothing was changed: Deployment4 did not load tenant 'tenant19' in time")
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.NO_REPLICA);
    assertThat(at.owner.table()).isSameAs(before);
    gate.countDown();
  }
}
