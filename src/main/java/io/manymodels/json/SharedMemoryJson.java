package io.manymodels.json;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import io.manymodels.placement.Generation;
import io.manymodels.stats.ModelCost;
import io.manymodels.stats.TenantTraffic;
import java.util.Collection;
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

  /** What one Dispatcher answered in an interval. */
  public record Traffic(List<OfTenant> tenants) {
    record OfTenant(
        String tenant,
        int version,
        int hits,
        int overflowHits,
        int loads,
        long weightBytes,
        long loadMicros) {}

    public static Traffic of(List<TenantTraffic> traffic) {
      return new Traffic(traffic.stream().map(Traffic::ofTenant).toList());
    }

    private static OfTenant ofTenant(TenantTraffic of) {
      return new OfTenant(
          of.tenant().value(),
          of.model().version().number(),
          of.hits(),
          of.overflowHits(),
          of.loads(),
          of.cost().weightBytes(),
          of.cost().loadMicros());
    }

    public List<TenantTraffic> traffic() {
      return tenants.stream().map(Traffic::traffic).toList();
    }

    private static TenantTraffic traffic(OfTenant of) {
      return new TenantTraffic(
          new ModelRef(new TenantId(of.tenant()), new ModelVersion(of.version())),
          of.hits(),
          of.overflowHits(),
          of.loads(),
          new ModelCost(of.weightBytes(), of.loadMicros()));
    }
  }

  /**
   * Asks for the tenants that Deploymentx is asked for most.
   *
   * @param limit {@code 1..10000}
   */
  public record BusiestQuestion(int limit, long timeoutMillis) {
    private static final int MOST = 10_000;

    public BusiestQuestion {
      if (limit < 1 || limit > MOST) {
        throw new IllegalArgumentException("limit: " + limit + " is not in 1.." + MOST);
      }
    }
  }

  /** The tenants that a question was about, in the order that it asked for. */
  public record TenantList(List<String> tenants) {
    public static TenantList of(Collection<TenantId> tenants) {
      return new TenantList(tenants.stream().map(TenantId::value).toList());
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
