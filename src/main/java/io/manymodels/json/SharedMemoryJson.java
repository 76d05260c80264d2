package io.manymodels.json;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import io.manymodels.placement.Generation;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** What Dispatchers ask SharedMemory, as JSON. */
public final class SharedMemoryJson {
  private SharedMemoryJson() {}

  /** Asks for a table newer than the one that {@code reader} routes by. */
  public record TablePoll(String reader, long term, long number) {
    public static TablePoll of(String reader, Generation known) {
      return new TablePoll(reader, known.term(), known.number());
    }

    public Generation known() {
      return new Generation(term, number);
    }
  }

  /** Tenants that were answered, the latest last. */
  public record Hits(List<String> tenants) {
    public static Hits of(List<TenantId> tenants) {
      return new Hits(tenants.stream().map(TenantId::value).toList());
    }

    public List<TenantId> tenantIds() {
      return tenants.stream().map(TenantId::new).toList();
    }
  }

  /** A new dedicated pool. */
  public record PoolChange(SortedMap<String, String> mapping, long timeoutMillis) {
    public static PoolChange of(SortedMap<TenantId, String> mapping, long timeoutMillis) {
      return new PoolChange(PlacementJson.names(mapping), timeoutMillis);
    }

    public SortedMap<TenantId, String> byTenant() {
      return PlacementJson.tenants(mapping);
    }
  }

  /** The answer to a {@link PoolChange}: done, or why not. */
  public record PoolReply(
      @Nullable ErrorCode code, @Nullable String detail, @Nullable List<Violation> violations) {
    public static final PoolReply DONE = new PoolReply(null, null, null);

    public static PoolReply of(ServingException e) {
      return new PoolReply(e.code(), e.getMessage(), e.violations());
    }

    /** Throws what went wrong, if anything did. */
    public void orThrow() {
      if (code != null) {
        throw new ServingException(
            code, String.valueOf(detail), violations == null ? List.of() : violations);
      }
    }
  }
}
