package io.manymodels.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.manymodels.measuring.TenantFigures;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The requests of tenants, as operators see them in GET /tenants and GET /tenants/{tenant}. */
public final class TenantJson {
  private TenantJson() {}

  /** The answer to GET /tenants. */
  public record Page(String sort, int limit, List<Figures> tenants) {}

  /**
   * The requests of one tenant since SharedMemory took over.
   *
   * @param p50Seconds null, as the other two, when no latency is remembered
   * @param lastUsed an ISO-8601 instant
   */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  public record Figures(
      String tenant,
      long requests,
      long errors,
      long hits,
      long overflowHits,
      long loads,
      @Nullable Double p50Seconds,
      @Nullable Double p95Seconds,
      @Nullable Double p99Seconds,
      String lastUsed,
      double predictionSeconds,
      double recentRequests,
      double recentErrors) {
    public static Figures of(TenantFigures of) {
      return new Figures(
          of.tenant().value(),
          of.requests(),
          of.errors(),
          of.hits(),
          of.overflowHits(),
          of.loads(),
          known(of.p50()),
          known(of.p95()),
          known(of.p99()),
          Instant.ofEpochMilli(of.lastUsedMillis()).toString(),
          of.predictionSeconds(),
          of.recentRequests(),
          of.recentErrors());
    }

    private static @Nullable Double known(double seconds) {
      return seconds == 0 ? null : seconds;
    }
  }

  /** A replica that holds the tenant's model. */
  public record Holder(String deployment, String replica, long version) {}

  /**
   * The answer to GET /tenants/{tenant}.
   *
   * @param figures null when nothing is known of its requests
   * @param versions of its model in the registry, ascending; none when the registry is away
   * @param model its live version; null when the registry does not tell it now, for {@code note}
   */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  public record Tenant(
      String tenant,
      @Nullable Figures figures,
      ExplainJson.Tenant placement,
      @Nullable ModelJson model,
      @Nullable String note,
      List<Long> versions,
      List<Holder> holders) {}
}
