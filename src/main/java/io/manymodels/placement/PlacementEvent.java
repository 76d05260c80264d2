package io.manymodels.placement;

import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementDecision.Figures;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A recorded decision about one tenant. Made by {@link PlacementHistory}.
 *
 * @param sequence counts up; see {@link PlacementHistory#begin} for gaps
 * @param generation of the table that shows it, or that it left unchanged
 * @param deployment that it is about
 * @param others the victims of a promotion, those who took an evicted tenant's place, or those in
 *     the way of a refused one
 * @param figures when traffic decided
 */
public record PlacementEvent(
    long sequence,
    Instant at,
    Generation generation,
    Kind kind,
    TenantId tenant,
    String deployment,
    List<TenantId> others,
    String reason,
    Optional<Figures> figures) {

  /** The kind of change for the tenant. */
  public enum Kind {
    /** Traffic gave it a place. */
    PROMOTED,
    /** An operator gave it a place. */
    PLACED,
    /** An operator gave it a place that traffic cannot take. */
    PINNED,
    /** An operator took its pin; it stays where it is as long as it is worth it. */
    UNPINNED,
    /** A new owner of the table found it loaded, and left it where it was. */
    FOUND,
    /** It lost its place. */
    EVICTED,
    /** Another version of its model answers, where it has its place. */
    SWITCHED,
    /** It was not worth a place. */
    REFUSED,
    /** It was worth a place, and too many models were moving. */
    POSTPONED,
    /** It was worth a place, and its model could not be loaded there. */
    FAILED;

    /** Whether the tenant's place or pin changed. */
    public boolean changedThePlace() {
      return switch (this) {
        case PROMOTED, PLACED, PINNED, UNPINNED, FOUND, EVICTED -> true;
        case SWITCHED, REFUSED, POSTPONED, FAILED -> false;
      };
    }
  }

  public PlacementEvent {
    others = List.copyOf(others);
  }
}
