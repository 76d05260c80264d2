package io.manymodels.cli.models;

import io.manymodels.cli.console.VersionNumber;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Makes a version live. */
@Command(name = "promote", description = "Make a version of a tenant's model live.")
final class PromoteCommand implements Runnable {
  @Mixin private RegistryOptions registry = new RegistryOptions();
  @Mixin private ApplicationOptions application = new ApplicationOptions();

  @Parameters(index = "0", paramLabel = "TENANT", description = "The tenant.")
  private String tenant = "";

  @Parameters(
      index = "1",
      paramLabel = "VERSION",
      converter = VersionNumber.class,
      description = "The version to make live.")
  private @Nullable ModelVersion version;

  @Override
  public void run() {
    ModelRef ref = new ModelRef(RegistryOptions.tenant(tenant), Objects.requireNonNull(version));
    application.check(registry);
    registry.writing(store -> LiveChange.make(store, ref, registry, application));
  }
}
