package io.manymodels.placement;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class LastHitsTest {

  @Test
  void theLatestHitStandsHighest() {
    LastHits hits = new LastHits(10);
    hits.record(tenants(1, 2));
    hits.record(tenants(3, 1));
    assertThat(hits.lastHit(tenant(4))).isZero();
    assertThat(hits.lastHit(tenant(2))).isPositive().isLessThan(hits.lastHit(tenant(3)));
    assertThat(hits.lastHit(tenant(3))).isLessThan(hits.lastHit(tenant(1)));
  }

  @Test
  void theLongestUnheardOfTenantIsForgottenFirst() {
    LastHits hits = new LastHits(3);
    hits.record(firstTo(3));
    hits.record(tenants(1, 4));
    assertThat(hits.lastHit(tenant(2))).isZero();
    assertThat(List.of(hits.lastHit(tenant(3)), hits.lastHit(tenant(1)), hits.lastHit(tenant(4))))
        .isSorted()
        .doesNotContain(0L);
  }

  @Test
  void aSmallerBoundHoldsFromTheNextReportOn() {
    LastHits hits = new LastHits(10);
    hits.record(firstTo(5));
    hits.setMaximumSize(2);
    hits.record(List.of());
    assertThat(firstTo(5).stream().filter(tenant -> hits.lastHit(tenant) > 0))
        .containsExactlyElementsOf(tenants(4, 5));
  }

  @Property
  void remembersTheLastOnesInOrder(@ForAll List<@IntRange(min = 1, max = 12) Integer> hit) {
    LastHits hits = new LastHits(5);
    hit.forEach(number -> hits.record(tenants(number)));
    List<Integer> latestFirst =
        IntStream.range(0, hit.size())
            .mapToObj(i -> hit.get(hit.size() - 1 - i))
            .distinct()
            .limit(5)
            .toList();
    for (int number = 1; number <= 12; number++) {
      assertThat(hits.lastHit(tenant(number)) > 0).isEqualTo(latestFirst.contains(number));
    }
    for (int i = 1; i < latestFirst.size(); i++) {
      assertThat(hits.lastHit(tenant(latestFirst.get(i))))
          .isLessThan(hits.lastHit(tenant(latestFirst.get(i - 1))));
    }
  }
}
