package io.manymodels.holding;

import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a replica holds, as it answers each {@link VersionWord}: what has changed since the report
 * that the word named. Travels as it is (json.Wire). Immutable.
 *
 * @param number of this report, 1 or more
 * @param whole whether this is all that is held, and earlier reports do not count
 * @param held the models that were loaded, switched, or are refused or no longer refused
 * @param refused tenants among {@code held} whose live version the replica could not take
 * @param dropped tenants whose models are no longer held
 */
public record HeldVersions(
    long number,
    boolean whole,
    SortedMap<TenantId, ModelVersion> held,
    List<TenantId> refused,
    List<TenantId> dropped) {

  public HeldVersions {
    held = Collections.unmodifiableSortedMap(new TreeMap<>(held));
    refused = List.copyOf(refused);
    dropped = List.copyOf(dropped);
  }
}
