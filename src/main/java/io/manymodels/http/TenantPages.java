package io.manymodels.http;

import io.manymodels.access.Caller;
import io.manymodels.application.Dispatcher;
import io.manymodels.application.ServedModels;
import io.manymodels.application.TenantSearch;
import io.manymodels.json.ExplainJson;
import io.manymodels.json.ModelJson;
import io.manymodels.json.TenantJson;
import io.manymodels.loading.ModelDescriptions.Described;
import io.manymodels.measuring.TenantOrder;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.time.Deadline;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** What is known of tenants' requests, models and places. Thread-safe; blocks. */
final class TenantPages {
  private static final List<String> KEYS = List.of("sort", "limit", "prefix");
  private static final int DEFAULT_LIMIT = 50;

  private final Dispatcher<DeploymentMap> dispatcher;
  private final ServedModels models;

  TenantPages(Dispatcher<DeploymentMap> dispatcher, ServedModels models) {
    this.dispatcher = dispatcher;
    this.models = models;
  }

  /** The tenants that a query finds, of those that the caller sees. */
  TenantJson.Page page(String query, Caller caller, Deadline deadline) {
    SortedMap<String, String> values = QueryKeys.values(query, KEYS);
    String sort = values.getOrDefault("sort", TenantOrder.REQUESTS.word());
    if (TenantOrder.ofWord(sort).isEmpty()) {
      throw QueryKeys.wrong("sort", sort, "expected one of " + TenantOrder.words());
    }
    int limit = QueryKeys.limit(values.get("limit"), DEFAULT_LIMIT, TenantSearch.MAX_LIMIT);
    TenantSearch search =
        new TenantSearch(sort, limit, values.getOrDefault("prefix", ""), caller.tenants().texts());
    return new TenantJson.Page(
        sort,
        limit,
        dispatcher.tenants(search, deadline).stream().map(TenantJson.Figures::of).toList());
  }

  /** All about one tenant. */
  TenantJson.Tenant tenant(TenantId tenant, Caller caller, Deadline deadline) {
    ExplainJson.Tenant placement = dispatcher.explain(tenant, deadline);
    @Nullable ModelJson model = null;
    @Nullable String note = null;
    List<ModelVersion> versions = List.of();
    try {
      versions = models.versions(caller, tenant);
      Described live = models.describe(caller, tenant);
      model = ModelJson.of(live.artifact(), live.note());
    } catch (ServingException e) {
      if (e.code() != ErrorCode.STORE_UNAVAILABLE && e.code() != ErrorCode.LOAD_FAILED) {
        throw e;
      }
      note = e.getMessage();
    }
    return new TenantJson.Tenant(
        tenant.value(),
        dispatcher.figures(tenant, deadline).map(TenantJson.Figures::of).orElse(null),
        placement,
        model,
        note,
        versions.stream().map(ModelVersion::number).toList(),
        dispatcher.holders(tenant, deadline));
  }
}
