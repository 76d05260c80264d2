package io.manymodels.placing;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.mapping;
import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Explanation;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementEvent.Kind;
import io.manymodels.testing.Requests;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

/** What the owner says about its decisions, and those that depend on what models weigh. */
class PlacementExplanationTest extends OwnerFixture {

  @Test
  void tellsWhoCameForWhomAndWhatWouldMoveThem() {
    at.settled();
    at.hit(1, 3, 7, 7);
    Explanation promoted = at.owner.explain(tenant(7));
    assertThat(promoted.placement()).contains(new Placement("Deployment2", false));
    assertThat(promoted.since().orElseThrow().kind()).isEqualTo(Kind.PROMOTED);
    assertThat(promoted.since().orElseThrow().others()).containsExactly(tenant(2));
    assertThat(promoted.since().orElseThrow().generation())
        .isEqualTo(at.owner.table().generation());
    assertThat(promoted.worth().hits()).isEqualTo(20);
    assertThat(promoted.outlook().bar()).isPresent();
    assertThat(promoted.outlook().text())
        .endsWith("; no tenant without a place has been asked for");
    Explanation displaced = at.owner.explain(tenant(2));
    assertThat(displaced.placement()).isEmpty();
    assertThat(displaced.since().orElseThrow().kind()).isEqualTo(Kind.EVICTED);
    assertThat(displaced.since().orElseThrow().others()).containsExactly(tenant(7));
    assertThat(displaced.since().orElseThrow().reason()).startsWith("DISPLACED");
  }

  @Test
  void tellsWhomDeploymentxIsAskedForMost() {
    at.settled();
    assertThat(at.owner.busiestUnplaced(10)).isEmpty();
    at.owner.answered(
        List.of(
            Requests.hits(tenant(8), 3), Requests.hits(tenant(9), 5), Requests.hits(tenant(4), 9)));
    assertThat(at.owner.busiestUnplaced(10)).containsExactly(tenant(9), tenant(8));
    assertThat(at.owner.busiestUnplaced(1)).containsExactly(tenant(9));
  }

  @Test
  void tellsOfPinsAndRefusals() {
    at.settled();
    Explanation pinned = at.owner.explain(tenant(4));
    assertThat(pinned.since().orElseThrow().kind()).isEqualTo(Kind.PINNED);
    assertThat(pinned.outlook().text()).contains("operator");
    assertThat(pinned.outlook().bar()).isEmpty();
    at.hit(1, 1, 2, 2, 3, 3);
    at.owner.answered(List.of(Requests.hits(tenant(8), 24)));
    at.owner.decide();
    Explanation refused = at.owner.explain(tenant(8));
    assertThat(refused.placement()).isEmpty();
    assertThat(refused.events().get(0).kind()).isEqualTo(Kind.REFUSED);
    assertThat(refused.outlook().rivals()).hasSize(1);
    assertThat(refused.outlook().bar().orElseThrow()).isGreaterThan(refused.worth().benefit());
    assertThat(at.owner.explain(tenant(9)).outlook().text()).contains("not asked for");
  }

  @Test
  void aFailedPromotionIsExplainedAndNotTriedAgainAtOnce() {
    at.settled();
    at.models.breakModel(tenant(7), new ServingException(ErrorCode.LOAD_FAILED, "broken"));
    at.hit(7, 7);
    assertThat(at.owner.explain(tenant(7)).events().get(0).kind()).isEqualTo(Kind.FAILED);
    assertThat(at.owner.explain(tenant(7)).events().get(0).reason()).contains("broken");
    at.hit(7);
    assertThat(at.owner.explain(tenant(7)).events()).hasSize(1);
    at.ticker.advance(Duration.ofSeconds(6));
    at.poll();
    at.hit(7, 7, 7);
    assertThat(at.owner.explain(tenant(7)).events()).hasSize(2);
  }

  @Test
  void trafficFillsNoMoreBytesThanFitAndHeavierModelsLeave() {
    firstTo(20).forEach(tenant -> at.models.weigh(tenant, 400 << 10));
    at.settled();
    at.replicas.reconfigure("Deployment1", new HotConfig(List.of(), 20, 1, Pool.DYNAMIC));
    at.settle();
    SortedMap<TenantId, String> three = mapping(11, "Deployment1", 12, "Deployment1");
    three.put(tenant(13), "Deployment1");
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> at.replacePool(three))
        .withMessageContaining("capacity_mib")
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.DEDICATED_POOL_REFUSED);
    at.settle();
    at.hit(11, 12, 13, 14, 15);
    at.settle();
    assertThat(at.owner.table().tenantsOf("Deployment1")).hasSize(2);
    assertHeldIsWhatIsPlaced();
    firstTo(20).forEach(tenant -> at.models.weigh(tenant, 900 << 10));
    at.restart("Deployment1");
    at.settle();
    assertThat(at.owner.table().tenantsOf("Deployment1")).as("they turned out heavier").hasSize(1);
    assertHeldIsWhatIsPlaced();
  }
}
