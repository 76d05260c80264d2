package io.manymodels.adapter.azureml;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The models of one workspace or registry. A 404 for a model is believed only when the workspace is
 * there: one that was renamed or deleted is an outage, not a registry without tenants. Thread-safe.
 */
final class AzureMlModels implements AutoCloseable {
  private static final Duration VERSIONS = Duration.ofSeconds(60);
  private static final Duration MODELS = Duration.ofMinutes(5);

  private final AzureMlLocation location;
  private final AzureAccess access;
  private final ArmClient arm;

  AzureMlModels(AzureMlLocation location, AzureAccess access) {
    this.location = location;
    this.access = access;
    this.arm = new ArmClient(access, location.arm(), location.resource().label(), Ticker.SYSTEM);
  }

  AzureMlLocation location() {
    return location;
  }

  AzureAccess access() {
    return access;
  }

  /** Every model, archived ones too. */
  List<ModelResource> models() {
    return arm.list(location.resource().path() + "/models", "listing the models", MODELS)
        .orElseThrow(() -> missing("listing the models"));
  }

  /** Every version of the tenant's model, archived ones too; empty without such a model. */
  List<ModelResource> versions(TenantId tenant) {
    String action = "listing the versions of " + tenant;
    Optional<List<ModelResource>> versions = arm.list(path(tenant) + "/versions", action, VERSIONS);
    if (versions.isEmpty()) {
      requireResource(action);
    }
    return versions.orElse(List.of());
  }

  /** The version, an archived one too, or empty when there is none. */
  Optional<ModelResource> version(ModelRef ref) {
    String action = "reading " + ref;
    Optional<ModelResource> version =
        arm.get(path(ref.tenant()) + "/versions/" + ref.version(), ModelResource.class, action);
    if (version.isEmpty()) {
      requireResource(action);
    }
    return version;
  }

  /** A datastore of this workspace or another one. */
  Optional<DatastoreResource> datastore(ArmResource workspace, String name, String action) {
    return arm.get(workspace.path() + "/datastores/" + name, DatastoreResource.class, action);
  }

  /** Throws {@code STORE_UNAVAILABLE} unless the workspace or registry is there. */
  void check() {
    requireResource("looking whether it answers");
  }

  private void requireResource(String action) {
    if (arm.get(location.resource().path(), JsonNode.class, action).isEmpty()) {
      throw missing(action);
    }
  }

  private ServingException missing(String action) {
    return AzureMlFailures.status(location.resource().label(), action, 404, null);
  }

  private String path(TenantId tenant) {
    return location.resource().path() + "/models/" + tenant;
  }

  @Override
  public void close() {
    access.close();
  }
}
