package io.manymodels.placement;

import io.manymodels.model.TenantId;
import io.manymodels.stats.Demand;
import io.manymodels.stats.RememberedTraffic;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the next owner of the table goes on with beside the {@link PlacementState}. It is bounded,
 * some seconds old, and may be missing: then the next owner goes on without. Immutable.
 *
 * @param numberedSince the term whose owner numbered the first decision, see {@link
 *     PlacementHistory#numberedSince}; 0 when nothing is remembered
 * @param decisions the latest, oldest first
 * @param places who was placed where, at most {@value #MAX_TENANTS} tenants
 * @param traffic of the placed tenants and the most worthy others, at most {@value #MAX_TENANTS}
 */
public record RememberedPlacement(
    long numberedSince,
    List<PlacementEvent> decisions,
    SortedMap<TenantId, Placement> places,
    RememberedTraffic traffic) {
  public static final int MAX_TENANTS = 10_000;

  public static final RememberedPlacement NOTHING =
      new RememberedPlacement(0, List.of(), new TreeMap<>(), RememberedTraffic.NOTHING);

  public RememberedPlacement {
    decisions = List.copyOf(decisions);
    places = Collections.unmodifiableSortedMap(new TreeMap<>(places));
  }

  /**
   * These places as far as they may be remembered: of too many, the pinned ones and those of the
   * most worthy tenants.
   */
  public static SortedMap<TenantId, Placement> bounded(
      SortedMap<TenantId, Placement> places, Demand demand) {
    if (places.size() <= MAX_TENANTS) {
      return places;
    }
    SortedMap<TenantId, Placement> bounded = new TreeMap<>();
    places.entrySet().stream()
        .sorted(
            Comparator.<Map.Entry<TenantId, Placement>>comparingDouble(
                place ->
                    place.getValue().pinned()
                        ? Double.NEGATIVE_INFINITY
                        : -demand.of(place.getKey()).benefit()))
        .limit(MAX_TENANTS)
        .forEach(place -> bounded.put(place.getKey(), place.getValue()));
    return bounded;
  }

  public boolean isEmpty() {
    return numberedSince == 0;
  }
}
