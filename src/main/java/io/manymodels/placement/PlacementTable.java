package io.manymodels.placement;

import io.manymodels.model.TenantId;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The map from tenants to hot deployments, as of one generation. A tenant is in at most one
 * deployment. Immutable; iteration is in the order of tenant names.
 */
public final class PlacementTable {
  public static final PlacementTable EMPTY = new PlacementTable(Generation.NONE, new TreeMap<>());

  private final Generation generation;
  private final SortedMap<TenantId, Placement> placements;
  private final Map<TenantId, Placement> byTenant;
  private final Map<String, SortedSet<TenantId>> byDeployment;

  private PlacementTable(Generation generation, SortedMap<TenantId, Placement> placements) {
    this.generation = generation;
    this.placements = Collections.unmodifiableSortedMap(placements);
    this.byTenant = new HashMap<>(placements);
    this.byDeployment = new HashMap<>();
    placements.forEach(
        (tenant, placement) ->
            byDeployment
                .computeIfAbsent(placement.deployment(), name -> new TreeSet<>())
                .add(tenant));
    byDeployment.replaceAll((name, tenants) -> Collections.unmodifiableSortedSet(tenants));
  }

  private PlacementTable(Generation generation, PlacementTable same) {
    this.generation = generation;
    this.placements = same.placements;
    this.byTenant = same.byTenant;
    this.byDeployment = same.byDeployment;
  }

  /** A table with a copy of these placements. */
  public static PlacementTable of(Generation generation, Map<TenantId, Placement> placements) {
    return new PlacementTable(generation, new TreeMap<>(placements));
  }

  public Generation generation() {
    return generation;
  }

  /** Every placed tenant, in order. */
  public SortedMap<TenantId, Placement> placements() {
    return placements;
  }

  public Optional<Placement> placement(TenantId tenant) {
    return Optional.ofNullable(byTenant.get(tenant));
  }

  /** Whether the tenant is placed in this deployment. */
  public boolean places(TenantId tenant, String deployment) {
    @Nullable Placement placement = byTenant.get(tenant);
    return placement != null && placement.deployment().equals(deployment);
  }

  /** The tenants placed in a deployment, in order. */
  public SortedSet<TenantId> tenantsOf(String deployment) {
    return byDeployment.getOrDefault(deployment, Collections.emptySortedSet());
  }

  /** The pinned tenants and where, in order; a new map. */
  public SortedMap<TenantId, String> pins() {
    SortedMap<TenantId, String> pins = new TreeMap<>();
    placements.forEach(
        (tenant, placement) -> {
          if (placement.pinned()) {
            pins.put(tenant, placement.deployment());
          }
        });
    return pins;
  }

  /** The same placements in another generation. */
  public PlacementTable as(Generation other) {
    return new PlacementTable(other, this);
  }

  @Override
  public String toString() {
    return generation + placements.toString();
  }
}
