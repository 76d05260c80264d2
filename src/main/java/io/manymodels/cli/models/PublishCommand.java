package io.manymodels.cli.models;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.ModelFile;
import io.manymodels.cli.console.VersionNumber;
import io.manymodels.inference.LoaderUnavailableException;
import io.manymodels.inference.ModelLoader;
import io.manymodels.json.ModelsJson;
import io.manymodels.json.ModelsJson.Application;
import io.manymodels.json.ModelsJson.Published;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.time.Ticker;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Publishes a file, or a folder of them. */
@Command(
    name = "publish",
    description = {
      "Publish FILE as a new version of TENANT's model, or all that is in a folder.",
      "Each model is loaded and tried before anything is stored."
    })
final class PublishCommand implements Runnable {
  @Mixin private RegistryOptions registry = new RegistryOptions();
  @Mixin private UsageOptions usage = new UsageOptions();
  @Mixin private ApplicationOptions application = new ApplicationOptions();

  @Parameters(index = "0", arity = "0..1", paramLabel = "TENANT", description = "The tenant.")
  private @Nullable String tenant;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "FILE",
      description = "The model's file, or the folder of an MLflow model.")
  private @Nullable String file;

  @Option(
      names = "--dir",
      paramLabel = "FOLDER",
      description =
          "Publish all models in this folder, instead of TENANT and FILE: <tenant>.<format>,"
              + " <tenant>/<version>/model.<format>, and MLflow folders named <tenant> or"
              + " <tenant>/<version>/model.")
  private @Nullable String dir;

  @Option(
      names = "--version",
      paramLabel = "N",
      converter = VersionNumber.class,
      description = "The version to publish as (default: the one after the highest).")
  private @Nullable ModelVersion version;

  @Option(
      names = "--live",
      description = "Make it the live version. A tenant's first version is live in any case.")
  private boolean live;

  @Option(names = "--description", paramLabel = "TEXT", description = "A note for people.")
  private String description = "";

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "The model's format (default onnx).")
  private @Nullable String format;

  @Option(names = "--no-check", description = "Publish without trying the model first.")
  private boolean unchecked;

  @Override
  public void run() {
    application.check(registry);
    if (dir != null) {
      publishFolder(dir);
    } else {
      publishFile();
    }
  }

  private void publishFile() {
    if (tenant == null || file == null) {
      throw new BadInputException("TENANT and FILE, or --dir FOLDER, are missing");
    }
    TenantId whose = RegistryOptions.tenant(tenant);
    Optional<ModelVersion> number = Optional.ofNullable(version);
    StatedUsage stated = usage.read();
    String what = whose + number.map(n -> "/" + n).orElse("");
    ModelOnDisk model =
        ModelOnDisk.at(
            what,
            ModelFile.path("FILE", file),
            Objects.requireNonNullElse(format, ModelOnDisk.ONNX));
    registry.writing(
        store -> {
          Publisher publisher = new Publisher(store, check(registry::warn), false, Ticker.SYSTEM);
          Publisher.Candidate candidate =
              new Publisher.Candidate(
                  whose, number, description, stated.or(model.stated(registry::warn)), live);
          report(whose, publisher.publish(candidate, model));
        });
  }

  private void report(TenantId whose, Published published) {
    TreeMap<TenantId, Optional<ModelVersion>> changed = new TreeMap<>();
    ModelsJson.Stored stored = Objects.requireNonNull(published.stored());
    published.live().ifPresent(ref -> changed.put(whose, Optional.of(ref.version())));
    Application told = application.tell(registry, changed, !unchecked);
    String name = published.tenant() + "/" + published.version();
    String state =
        stored.live()
            ? (live ? " and live" : " and live, as the only version")
                + ApplicationOptions.text(told)
            : "; version " + stored.liveVersion() + " stays live";
    registry.print(
        published.withApplication(told),
        "published " + name + " (" + stored.artifact().size() + " bytes)" + state);
    ApplicationOptions.require(told, registry, name + ": published and live");
  }

  private void publishFolder(String folder) {
    if (tenant != null || version != null || format != null) {
      throw new BadInputException("--dir FOLDER takes no TENANT, FILE, --version or --format");
    }
    FolderModels models =
        FolderModels.in(ModelFile.path("--dir", folder), check(registry::warn).formats());
    StatedUsage stated = usage.read();
    Warnings warnings = new Warnings();
    registry.writing(
        store ->
            new FolderPublish(
                    registry,
                    application,
                    new Publisher(store, check(warnings), true, Ticker.SYSTEM),
                    new FolderPublish.Wishes(description, stated, live, !unchecked),
                    warnings)
                .publish(models));
  }

  private ModelCheck check(Consumer<String> warn) {
    return new ModelCheck(loaders(), registry.store(), !unchecked, warn);
  }

  /** Without a trial a model can be published where none can be loaded. */
  private List<ModelLoader> loaders() {
    try {
      return registry.stores().loaders();
    } catch (LoaderUnavailableException e) {
      if (!unchecked) {
        throw e;
      }
      registry.warn(e.getMessage() + "; what the models take is read when they are loaded");
      return List.of();
    }
  }
}
