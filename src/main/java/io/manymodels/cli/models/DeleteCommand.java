package io.manymodels.cli.models;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.VersionNumber;
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
    description = "Delete a version that is not live, or a tenant with all its versions.")
final class DeleteCommand implements Runnable {
  @Mixin private RegistryOptions registry = new RegistryOptions();
  @Mixin private ApplicationOptions application = new ApplicationOptions();

  @Parameters(index = "0", paramLabel = "TENANT", description = "The tenant.")
  private String tenant = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "VERSION",
      converter = VersionNumber.class,
      description = "The version to delete.")
  private @Nullable ModelVersion version;

  @Option(names = "--all", description = "Delete all versions, the live one included.")
  private boolean all;

  @Override
  public void run() {
    TenantId whose = RegistryOptions.tenant(tenant);
    if (all == (version != null)) {
      throw new BadInputException("either VERSION or --all is needed");
    }
    application.check(registry);
    if (version != null) {
      ModelRef ref = new ModelRef(whose, version);
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
