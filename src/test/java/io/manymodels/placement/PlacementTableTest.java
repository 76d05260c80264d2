package io.manymodels.placement;

import static io.manymodels.testing.Tenants.firstTo;
import static io.manymodels.testing.Tenants.tenant;
import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.model.TenantId;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class PlacementTableTest {
  private final Map<TenantId, Placement> placements =
      new TreeMap<>(
          Map.of(
              tenant(3), new Placement("Deployment2", false),
              tenant(1), new Placement("Deployment1", false),
              tenant(2), new Placement("Deployment2", true)));
  private final PlacementTable table = PlacementTable.of(new Generation(4, 7), placements);

  @Test
  void saysWhoIsWhere() {
    assertThat(table.placement(tenant(2))).contains(new Placement("Deployment2", true));
    assertThat(table.placement(tenant(4))).isEmpty();
    assertThat(table.places(tenant(1), "Deployment1")).isTrue();
    assertThat(table.places(tenant(1), "Deployment2")).isFalse();
    assertThat(table.places(tenant(4), "Deployment2")).isFalse();
    assertThat(table.tenantsOf("Deployment2")).containsExactlyElementsOf(tenants(2, 3));
    assertThat(table.tenantsOf("Deployment3")).isEmpty();
    assertThat(table.pins()).isEqualTo(Map.of(tenant(2), "Deployment2"));
    assertThat(table.placements().keySet()).containsExactlyElementsOf(firstTo(3));
  }

  @Test
  void cannotBeChanged() {
    placements.clear();
    assertThat(table.placements()).hasSize(3);
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> table.placements().remove(tenant(1)));
  }

  @Test
  void anotherGenerationHasTheSamePlacements() {
    PlacementTable later = table.as(new Generation(5, 0));
    assertThat(later.generation()).isEqualTo(new Generation(5, 0));
    assertThat(later.placements()).isEqualTo(table.placements());
    assertThat(later).hasToString("5.0" + table.placements());
  }

  @Test
  void theEmptyTableIsOlderThanAnyOther() {
    assertThat(PlacementTable.EMPTY.placements()).isEmpty();
    assertThat(new Generation(0, 1).newerThan(PlacementTable.EMPTY.generation())).isTrue();
    assertThat(Generation.NONE.newerThan(Generation.NONE)).isFalse();
  }

  @Property
  void generationsAreOrderedByTermFirst(
      @ForAll @LongRange(min = 0, max = 3) long term,
      @ForAll @LongRange(min = 0, max = 3) long otherTerm,
      @ForAll long number,
      @ForAll long otherNumber) {
    Generation one = new Generation(term, number);
    Generation other = new Generation(otherTerm, otherNumber);
    boolean newer = term > otherTerm || (term == otherTerm && number > otherNumber);
    assertThat(one.newerThan(other)).isEqualTo(newer);
    assertThat(Integer.signum(one.compareTo(other)))
        .isEqualTo(-Integer.signum(other.compareTo(one)));
  }

  @Test
  void theNextGenerationIsInTheSameTerm() {
    assertThat(new Generation(3, 9).next()).isEqualTo(new Generation(3, 10));
    assertThat(new Generation(3, 9)).hasToString("3.9");
  }
}
