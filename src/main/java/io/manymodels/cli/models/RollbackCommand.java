package io.manymodels.cli.models;

import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.cli.console.VersionNumber;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistry;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes an earlier version live. */
@Command(name = "rollback", description = "Make an earlier version of a tenant's model live again.")
final class RollbackCommand implements Runnable {
  @Mixin private RegistryOptions registry = new RegistryOptions();
  @Mixin private ApplicationOptions application = new ApplicationOptions();

  @Parameters(paramLabel = "TENANT", description = "The tenant.")
  private String tenant = "";

  @Option(
      names = "--to",
      paramLabel = "N",
      converter = VersionNumber.class,
      description = "The version to go back to (default: the highest below the live one).")
  private @Nullable ModelVersion to;

  @Override
  public void run() {
    TenantId whose = RegistryOptions.tenant(tenant);
    Optional<ModelVersion> target = Optional.ofNullable(to);
    application.check(registry);
    registry.writing(
        store -> {
          ModelVersion earlier = target(store, whose, target);
          LiveChange.make(store, new ModelRef(whose, earlier), registry, application);
        });
  }

  private static ModelVersion target(
      ModelRegistry store, TenantId tenant, Optional<ModelVersion> asked) {
    List<ModelVersion> versions = store.versions(tenant);
    if (versions.isEmpty()) {
      throw new ServingException(ErrorCode.MODEL_NOT_FOUND, "tenant '" + tenant + "' has no model");
    }
    Optional<ModelVersion> live =
        asked.isPresent() ? LiveChange.liveIfKnown(store, tenant) : store.liveVersion(tenant);
    if (asked.isPresent() && live.isPresent() && asked.get().compareTo(live.get()) >= 0) {
      throw CommandFailedException.failed(
          tenant
              + ": version "
              + asked.get()
              + " is not below the live version "
              + live.get()
              + " (see: models promote)");
    }
    return asked
        .or(() -> live.flatMap(now -> highestBelow(versions, now)))
        .orElseThrow(
            () ->
                new ServingException(
                    ErrorCode.MODEL_VERSION_NOT_FOUND,
                    tenant
                        + ": there is no version below the live one, "
                        + live.map(ModelVersion::toString).orElse("none")));
  }

  private static Optional<ModelVersion> highestBelow(
      List<ModelVersion> versions, ModelVersion live) {
    return versions.stream()
        .filter(version -> version.compareTo(live) < 0)
        .max(ModelVersion::compareTo);
  }
}
