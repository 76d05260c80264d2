package io.manymodels.cli.models;

import io.manymodels.model.ModelRef;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Makes a version live. */
@Command(name = "promote", description = "Make a version of a tenant's model live.")
final class PromoteCommand implements Runnable {
  @Mixin private RegistryOptions registry = new RegistryOptions();
  @Mixin private ApplicationOptions application = new ApplicationOptions();

  @Parameters(index = "0", paramLabel = "TENANT", description = "Whose.")
  private String tenant = "";

  @Parameters(index = "1", paramLabel = "VERSION", description = "Which becomes live.")
  private String version = "";

  @Override
  public void run() {
    ModelRef ref = RegistryOptions.ref(tenant, version);
    application.check(registry);
    registry.writing(store -> LiveChange.make(store, ref, registry, application));
  }
}
