package io.manymodels.placing;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.TenantId;
import io.manymodels.routing.ReplicaId;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;

/** Four hot deployments with a tenant each, of which the last is dedicated. */
abstract class OwnerFixture {
  final PlacementHarness at = new PlacementHarness(4);

  OwnerFixture() {
    at.models.with(firstTo(20));
    at.start("Deployment1", dynamic(1));
    at.start("Deployment2", dynamic(2));
    at.start("Deployment3", dynamic(3));
    at.start("Deployment4", dedicated(1, 4));
  }

  @AfterEach
  void close() {
    at.close();
  }

  static HotConfig dynamic(int... tenants) {
    return new HotConfig(tenants(tenants), Math.max(1, tenants.length), Pool.DYNAMIC);
  }

  static HotConfig dedicated(int capacity, int... tenants) {
    return new HotConfig(tenants(tenants), capacity, Pool.DEDICATED);
  }

  final Map<TenantId, String> placed() {
    Map<TenantId, String> placed = new TreeMap<>();
    at.owner.table().placements().forEach((tenant, p) -> placed.put(tenant, p.deployment()));
    return placed;
  }

  final void assertHeldIsWhatIsPlaced() {
    for (String deployment : at.application.hot()) {
      for (ReplicaId replica : at.replicas.replicas(deployment)) {
        assertThat(at.replicas.tenants(replica)).isEqualTo(at.owner.table().tenantsOf(deployment));
      }
    }
  }
}
