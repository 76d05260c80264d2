package io.manymodels.cli.models;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.json.ModelsJson.Application;
import io.manymodels.json.ModelsJson.Deleted;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.registry.WritableModelRegistry;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Deletes a version, or a tenant. */
@Command(
    name = "delete",
    description = "Delete a version that is not live, or all that there is of a tenant.")
final class DeleteCommand implements Runnable {
  @Mixin private RegistryOptions registry = new RegistryOptions();
  @Mixin private ApplicationOptions application = new ApplicationOptions();

  @Parameters(index = "0", paramLabel = "TENANT", description = "Whose.")
  private String tenant = "";

  @Parameters(index = "1", arity = "0..1", paramLabel = "VERSION", description = "Which.")
  private @Nullable String version;

  @Option(names = "--all", description = "All versions, the live one too: the tenant is gone.")
  private boolean all;

  @Override
  public void run() {
    TenantId whose = RegistryOptions.tenant(tenant);
    if (all == (version != null)) {
      throw new BadInputException("either VERSION or --all is needed");
    }
    application.check(registry);
    if (version != null) {
      ModelRef ref = RegistryOptions.ref(tenant, version);
      registry.writing(store -> deleteVersion(store, ref));
    } else {
      registry.writing(store -> deleteTenant(store, whose));
    }
  }

  private void deleteVersion(WritableModelRegistry store, ModelRef ref) {
    store.delete(ref);
    registry.print(
        new Deleted(ref.tenant().value(), ref.version().number(), 1, null), "deleted " + ref);
  }

  private void deleteTenant(WritableModelRegistry store, TenantId whose) {
    int versions = store.versions(whose).size();
    store.delete(whose);
    TreeMap<TenantId, Optional<ModelVersion>> changed = new TreeMap<>();
    changed.put(whose, Optional.empty());
    Application told = application.tell(registry, changed);
    registry.print(
        new Deleted(whose.value(), null, versions, told),
        "deleted " + whose + " with " + versions + " versions" + ApplicationOptions.text(told));
    ApplicationOptions.require(told, registry, whose + ": deleted");
  }
}
