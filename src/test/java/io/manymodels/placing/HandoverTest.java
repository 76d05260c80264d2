package io.manymodels.placing;

import static io.manymodels.testing.Tenants.mapping;
import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementEvent.Kind;
import io.manymodels.placement.PlacementTable;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.ReplicaId;
import io.manymodels.testing.Tenants;
import java.time.Duration;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A tenant that loses its place stays known to Deploymentx. */
class HandoverTest extends OwnerFixture {
  private final ReplicaId overflow = at.replicas.startOverflow();

  private PredictReply ask(ReplicaId replica, TenantId tenant) {
    return at.replicas.overflow(replica).answer(Tenants.request(tenant));
  }

  @Test
  void theDisplacedAreServedAlsoWhenTheRegistryGoesAwayRightAfter() {
    ReplicaId second = at.replicas.startOverflow();
    at.settled();
    at.hit(1, 3, 7, 7);
    assertThat(placed()).containsEntry(tenant(7), "Deployment2").doesNotContainKey(tenant(2));
    at.models.registryAway(true);
    assertThat(ask(overflow, tenant(2))).isInstanceOf(Predicted.class);
    assertThat(ask(second, tenant(2))).isInstanceOf(Predicted.class);
    assertThat(ask(overflow, tenant(9))).as("never heard of").isInstanceOf(Failed.class);
  }

  @Test
  void nobodyIsDisplacedWhileTheRegistryIsAway() {
    at.settled();
    PlacementTable before = at.owner.table();
    at.models.registryAway(true);
    at.hit(1, 3, 7, 7);
    assertThat(at.owner.table()).isSameAs(before);
    assertThat(at.models.loads(tenant(7))).as("loaded in vain").isZero();
    assertThat(at.owner.explain(tenant(7)).events().get(0).kind()).isEqualTo(Kind.FAILED);
    assertThat(at.owner.explain(tenant(7)).events().get(0).reason())
        .contains("'" + tenant(2) + "' keeps its place");
    at.models.registryAway(false);
    at.ticker.advance(Duration.ofSeconds(6));
    at.poll();
    at.hit(1, 3, 7, 7);
    assertThat(placed()).containsEntry(tenant(7), "Deployment2").doesNotContainKey(tenant(2));
  }

  @Test
  void aReplicaThatDoesNotAnswerHoldsNobodyUp() {
    at.settled();
    at.replicas.silenceOverflow(overflow);
    at.hit(1, 3, 7, 7);
    assertThat(placed()).containsEntry(tenant(7), "Deployment2");
  }

  @Test
  void aDeadReplicaHoldsNobodyUpAndIsReported() {
    at.settled();
    at.replicas.killOverflow(overflow);
    at.hit(1, 3, 7, 7);
    assertThat(placed()).containsEntry(tenant(7), "Deployment2");
    assertThat(at.replicas.replicas("Deploymentx")).isEmpty();
  }

  @Test
  void aTenantWithoutAModelMayLeave() {
    at.settled();
    at.models.delete(tenant(2));
    at.hit(1, 3, 7, 7);
    assertThat(placed()).containsEntry(tenant(7), "Deployment2").doesNotContainKey(tenant(2));
  }

  @Test
  void anOperatorsChangeDisplacesNobodyEitherWhileTheRegistryIsAway() {
    at.settled();
    at.replicas.reconfigure("Deployment3", dynamic(3, 5));
    at.settle();
    PlacementTable before = at.owner.table();
    at.models.registryAway(true);
    at.replicas.reconfigure("Deployment3", dynamic());
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(at.owner::reconcile)
        .withMessageContaining("keeps its place")
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    assertThat(at.owner.table()).isSameAs(before);
    at.models.registryAway(false);
    at.settle();
    assertThat(at.owner.table().tenantsOf("Deployment3")).hasSize(1);
  }

  @Test
  void theEndOfAPinWaitsForTheRegistryToo() {
    at.settled();
    PlacementTable before = at.owner.table();
    at.models.registryAway(true);
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> at.replacePool(new TreeMap<>()))
        .withMessageContaining("keeps its place")
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    assertThat(at.owner.table()).isSameAs(before);
    assertThat(at.store.read().pins()).isEqualTo(mapping(4, "Deployment4"));
    at.models.registryAway(false);
    assertThat(at.replacePool(new TreeMap<>())).isNotNull();
    assertThat(at.owner.table().pins()).isEmpty();
    assertThat(at.replicas.overflow(overflow).expect(Set.of(), at.ticker.in(Duration.ZERO)))
        .isEmpty();
  }
}
