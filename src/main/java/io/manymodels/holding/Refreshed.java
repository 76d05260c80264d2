package io.manymodels.holding;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The outcome for one tenant's model after its holder was told that another version may be live.
 *
 * @param version that answers from now on; empty when none is held
 * @param code why the live version does not serve, when {@code state} is REFUSED
 * @param detail the same for people; empty when there is nothing to say
 */
public record Refreshed(
    TenantId tenant,
    State state,
    Optional<ModelVersion> version,
    Optional<ErrorCode> code,
    String detail) {

  /** How it ended. */
  public enum State {
    /** The live version answers; or nothing is held, and the next load will be of the live one. */
    LIVE,
    /** The live version cannot be loaded: the one that was held before goes on answering. */
    REFUSED,
    /** The registry has no model of the tenant any more: what was held is dropped. */
    GONE
  }

  /** The result for a tenant whose model no replica holds. */
  public static Refreshed notHeld(TenantId tenant) {
    return new Refreshed(tenant, State.LIVE, Optional.empty(), Optional.empty(), "");
  }

  static Refreshed live(TenantId tenant, ModelVersion version) {
    return new Refreshed(tenant, State.LIVE, Optional.of(version), Optional.empty(), "");
  }

  static Refreshed gone(TenantId tenant) {
    return new Refreshed(tenant, State.GONE, Optional.empty(), Optional.empty(), "");
  }

  static Refreshed refused(
      TenantId tenant, Optional<ModelVersion> stillServing, ErrorCode code, String detail) {
    return new Refreshed(tenant, State.REFUSED, stillServing, Optional.of(code), detail);
  }

  /**
   * The outcomes of several replicas, merged to one for each tenant: the one that an operator has
   * to know. In the order of tenants.
   */
  public static List<Refreshed> merged(Collection<Refreshed> all) {
    SortedMap<TenantId, Refreshed> merged = new TreeMap<>();
    all.forEach(each -> merged.merge(each.tenant(), each, Refreshed::worse));
    return List.copyOf(merged.values());
  }

  private Refreshed worse(Refreshed other) {
    if (rank() != other.rank()) {
      return rank() > other.rank() ? this : other;
    }
    return version.isEmpty() ? other : this;
  }

  private int rank() {
    return switch (state) {
      case REFUSED -> 3;
      case GONE -> version.isEmpty() ? 1 : 2;
      case LIVE -> version.isEmpty() ? 0 : 2;
    };
  }
}
