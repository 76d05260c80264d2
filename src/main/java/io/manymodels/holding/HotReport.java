package io.manymodels.holding;

import io.manymodels.config.HotConfig;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.stats.ModelCost;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The answer of a hot replica to every command. Travels as it is (json.Wire), so a new component
 * needs a default when it is missing; docs/architecture.md lists the five edits that a new figure
 * takes.
 *
 * @param obeyed the newest command it has obeyed; newer than the command it answers when it refused
 * @param held the models it holds; kept in the order of tenants
 * @param refused the models that the command named and that could not be loaded
 * @param config the user_config in force
 * @param configRefusal why the last user_config was refused, when it was
 * @param loading how it gets its models
 * @param started when the replica started; empty: one of another build does not say
 * @param digest of the replica's state when the report was made, never older than what is in it:
 *     while the replica tells the same digest, another report would say the same, but for {@code
 *     refused} and the number of the command in {@code obeyed}. 0: one of another build has none
 */
public record HotReport(
    Generation obeyed,
    List<Held> held,
    List<Refused> refused,
    HotConfig config,
    Optional<String> configRefusal,
    LoadingReport loading,
    Optional<Instant> started,
    long digest) {

  public HotReport {
    Objects.requireNonNull(obeyed, "key 'obeyed': missing");
    Objects.requireNonNull(config, "key 'config': missing");
    Objects.requireNonNull(loading, "key 'loading': missing");
    held = held.stream().sorted(Comparator.comparing(Held::tenant)).toList();
    refused = List.copyOf(refused);
  }

  /**
   * A model that is loaded.
   *
   * @param since the newest command that the replica had obeyed when it was loaded
   * @param cost as measured there
   */
  public record Held(TenantId tenant, ModelVersion version, Generation since, ModelCost cost) {}

  /** A model that could not be loaded, and why. */
  public record Refused(TenantId tenant, ErrorCode code, String detail) {
    static Refused of(TenantId tenant, ServingException e) {
      return new Refused(tenant, e.code(), String.valueOf(e.getMessage()));
    }
  }

  /** The weight of all models that it holds. */
  public long heldBytes() {
    return held.stream().mapToLong(each -> each.cost().weightBytes()).sum();
  }

  public boolean holds(TenantId tenant) {
    return find(tenant).isPresent();
  }

  /** The tenant's model, if it is loaded. */
  public Optional<Held> find(TenantId tenant) {
    int low = 0;
    int high = held.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = held.get(middle).tenant().compareTo(tenant);
      if (order == 0) {
        return Optional.of(held.get(middle));
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return Optional.empty();
  }
}
