package io.manymodels.cli.models;

import io.manymodels.json.ModelsJson.Tenant;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistry;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists tenants. */
@Command(name = "list", description = "List the tenants: live version, number of versions.")
final class ListCommand implements Runnable {
  @Mixin private RegistryOptions registry = new RegistryOptions();

  @Parameters(arity = "0..1", paramLabel = "TENANT", description = "Only this one.")
  private @Nullable String tenant;

  @Override
  public void run() {
    @Nullable TenantId only = tenant == null ? null : RegistryOptions.tenant(tenant);
    registry.reading(store -> list(store, only));
  }

  private void list(ModelRegistry store, @Nullable TenantId only) {
    List<TenantId> tenants = only == null ? store.tenants() : List.of(only);
    if (only != null && store.versions(only).isEmpty()) {
      throw new ServingException(ErrorCode.MODEL_NOT_FOUND, "tenant '" + only + "' has no model");
    }
    Map<TenantId, ModelVersion> live = store.liveVersions(tenants);
    for (TenantId each : tenants) {
      int versions = store.versions(each).size();
      @Nullable ModelVersion version = live.get(each);
      Tenant row =
          version == null
              ? broken(store, each, versions)
              : new Tenant(each.value(), version.number(), versions, null);
      registry.print(row, text(row));
    }
  }

  private static Tenant broken(ModelRegistry store, TenantId tenant, int versions) {
    try {
      @Nullable Long live = store.liveVersion(tenant).map(ModelVersion::number).orElse(null);
      return new Tenant(tenant.value(), live, versions, null);
    } catch (ServingException e) {
      return new Tenant(tenant.value(), null, versions, e.getMessage());
    }
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
}
