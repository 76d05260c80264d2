package io.manymodels.cli.models;

import io.manymodels.json.ModelsJson.Ignored;
import io.manymodels.json.ModelsJson.Tenant;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.IgnoredEntry;
import io.manymodels.registry.LiveVersions;
import io.manymodels.registry.ModelRegistry;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists tenants. */
@Command(
    name = "list",
    description = "List tenants with live version and number of versions, and what is ignored.")
final class ListCommand implements Runnable {
  @Mixin private RegistryOptions registry = new RegistryOptions();

  @Parameters(arity = "0..1", paramLabel = "TENANT", description = "List only this tenant.")
  private @Nullable String tenant;

  @Override
  public void run() {
    @Nullable TenantId only = tenant == null ? null : RegistryOptions.tenant(tenant);
    registry.reading(store -> list(store, only));
  }

  private void list(ModelRegistry store, @Nullable TenantId only) {
    List<TenantId> tenants = only == null ? store.tenants() : List.of(only);
    LiveVersions live = store.liveVersions(tenants);
    for (TenantId each : tenants) {
      Tenant row = row(store, each, live);
      if (only != null && row.versions() == 0 && row.error() == null) {
        throw noModel(only, store.ignored(only));
      }
      registry.print(row, text(row));
    }
    for (IgnoredEntry entry : only == null ? store.ignored() : ignored(store, only)) {
      Ignored ignored = Ignored.of(entry);
      registry.print(ignored, text(ignored).strip());
    }
  }

  private static Tenant row(ModelRegistry store, TenantId tenant, LiveVersions live) {
    @Nullable ServingException broken = live.broken().get(tenant);
    int versions;
    try {
      versions = store.versions(tenant).size();
    } catch (ServingException e) {
      return Tenant.broken(tenant, 0, broken == null ? e : broken);
    }
    return broken == null
        ? Tenant.of(tenant, Optional.ofNullable(live.versions().get(tenant)), versions)
        : Tenant.broken(tenant, versions, broken);
  }

  /** None when the tenant's entry cannot be read, which its row says. */
  private static List<IgnoredEntry> ignored(ModelRegistry store, TenantId tenant) {
    try {
      return store.ignored(tenant);
    } catch (ServingException said) {
      return List.of();
    }
  }

  /** The tenant has no version, perhaps because what it has is not taken for one. */
  static ServingException noModel(TenantId tenant, List<IgnoredEntry> ignored) {
    String not = ignored.isEmpty() ? "" : "; not taken for a version: " + ignored.get(0);
    String more = ignored.size() > 1 ? " and " + (ignored.size() - 1) + " more" : "";
    return new ServingException(
        ErrorCode.MODEL_NOT_FOUND, "tenant '" + tenant + "' has no model" + not + more);
  }

  private static String text(Tenant row) {
    return row.tenant()
        + "  "
        + (row.live() == null ? "no live version" : "version " + row.live() + " live")
        + "  "
        + row.versions()
        + (row.versions() == 1 ? " version" : " versions")
        + (row.error() == null ? "" : "  " + row.error());
  }

  /** A line below those of what is taken. */
  static String text(Ignored ignored) {
    return "\n  not taken: " + ignored.ignored() + ": " + ignored.reason();
  }
}
