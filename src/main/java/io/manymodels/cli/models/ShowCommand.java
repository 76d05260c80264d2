package io.manymodels.cli.models;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.cli.console.VersionNumber;
import io.manymodels.json.ModelsJson;
import io.manymodels.json.ModelsJson.Ignored;
import io.manymodels.json.ModelsJson.Version;
import io.manymodels.json.ModelsJson.Versions;
import io.manymodels.loading.ModelDescriptions;
import io.manymodels.loading.ModelDescriptions.Described;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.IgnoredEntry;
import io.manymodels.registry.ModelRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows a tenant's versions. */
@Command(
    name = "show",
    description = {
      "Show the versions of a tenant, which one is live, and what each takes and answers.",
      "Of the live version and of VERSION this is read from the model if the registry does not say."
    })
final class ShowCommand implements Runnable {
  @Mixin private RegistryOptions registry = new RegistryOptions();

  @Parameters(index = "0", paramLabel = "TENANT", description = "The tenant.")
  private String tenant = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "VERSION",
      converter = VersionNumber.class,
      description = "Show only this version.")
  private @Nullable ModelVersion version;

  @Override
  public void run() {
    TenantId whose = RegistryOptions.tenant(tenant);
    Optional<ModelVersion> only = Optional.ofNullable(version);
    ModelDescriptions descriptions = registry.stores().descriptions();
    registry.reading(
        store -> {
          Versions shown = versions(store, whose, only, descriptions);
          registry.print(shown, text(shown));
        });
  }

  private static Versions versions(
      ModelRegistry store,
      TenantId tenant,
      Optional<ModelVersion> only,
      ModelDescriptions descriptions) {
    List<ModelVersion> all = store.versions(tenant);
    List<IgnoredEntry> ignored = store.ignored(tenant);
    if (all.isEmpty()) {
      throw ListCommand.noModel(tenant, ignored);
    }
    if (only.isPresent() && !all.contains(only.get())) {
      throw new ServingException(
          ErrorCode.MODEL_VERSION_NOT_FOUND,
          new ModelRef(tenant, only.get()) + ": there is no such version");
    }
    @Nullable Long live = null;
    @Nullable String error = null;
    try {
      live = store.liveVersion(tenant).map(ModelVersion::number).orElse(null);
    } catch (ServingException e) {
      error = e.getMessage();
    }
    List<Version> shown = new ArrayList<>();
    for (ModelVersion each : only.map(List::of).orElse(all)) {
      boolean isLive = live != null && live == each.number();
      Function<ArtifactDescriptor, Described> describe =
          isLive || only.isPresent()
              ? descriptions::of
              : artifact -> new Described(artifact, Optional.empty());
      version(store, new ModelRef(tenant, each), isLive, describe).ifPresent(shown::add);
    }
    List<Ignored> others =
        only.isPresent() ? List.of() : ignored.stream().map(Ignored::of).toList();
    return new Versions(tenant.value(), live, shown, others, error);
  }

  /** Empty when it was deleted meanwhile. */
  private static Optional<Version> version(
      ModelRegistry store,
      ModelRef ref,
      boolean live,
      Function<ArtifactDescriptor, Described> describe) {
    try {
      return store
          .describe(ref)
          .map(describe)
          .map(known -> Version.of(known.artifact(), live, store.description(ref), known.note()));
    } catch (ServingException e) {
      return Optional.of(Version.broken(ref.version(), live, String.valueOf(e.getMessage())));
    }
  }

  private static String text(Versions shown) {
    String head =
        shown.tenant() + (shown.error() == null ? "" : ": no live version: " + shown.error());
    return head
        + shown.versions().stream()
            .map(ShowCommand::line)
            .collect(Collectors.joining("\n", "\n", ""))
        + (shown.ignored() == null ? List.<Ignored>of() : shown.ignored())
            .stream().map(ListCommand::text).collect(Collectors.joining());
  }

  private static String line(Version version) {
    String mark = (version.live() ? "* " : "  ") + version.version();
    ModelsJson.@Nullable Artifact artifact = version.artifact();
    return artifact == null
        ? mark + "  " + version.error()
        : String.join(
                    "  ",
                    mark + (version.live() ? " (live)" : ""),
                    artifact.format(),
                    artifact.size() + " bytes",
                    artifact.created(),
                    "sha256:" + artifact.sha256(),
                    String.valueOf(version.description()))
                .stripTrailing()
            + UsageLines.of(version);
  }
}
