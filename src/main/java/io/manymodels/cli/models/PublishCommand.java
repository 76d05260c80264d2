package io.manymodels.cli.models;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.ModelFile;
import io.manymodels.cli.console.VersionNumber;
import io.manymodels.json.ModelsJson;
import io.manymodels.json.ModelsJson.Application;
import io.manymodels.json.ModelsJson.Published;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.time.Ticker;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
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
  private static final String DEFAULT_FORMAT = "onnx";

  @Mixin private RegistryOptions registry = new RegistryOptions();
  @Mixin private ApplicationOptions application = new ApplicationOptions();

  @Parameters(index = "0", arity = "0..1", paramLabel = "TENANT", description = "The tenant.")
  private @Nullable String tenant;

  @Parameters(index = "1", arity = "0..1", paramLabel = "FILE", description = "The model file.")
  private @Nullable String file;

  @Option(
      names = "--dir",
      paramLabel = "FOLDER",
      description =
          "Publish all files <tenant>.<format> and <tenant>/<version>/model.<format> in this folder,"
              + " instead of TENANT and FILE.")
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
    String what = whose + number.map(n -> "/" + n).orElse("");
    ByteBuffer bytes = ModelFile.read(what, ModelFile.path("FILE", file));
    Publisher.Candidate candidate =
        new Publisher.Candidate(
            whose, number, Objects.requireNonNullElse(format, DEFAULT_FORMAT), description, live);
    registry.writing(
        store -> {
          Publisher publisher = new Publisher(store, check(), false, Ticker.SYSTEM);
          Published published = publisher.publish(candidate, bytes);
          report(whose, published);
        });
  }

  private void report(TenantId whose, Published published) {
    TreeMap<TenantId, Optional<ModelVersion>> changed = new TreeMap<>();
    ModelsJson.Stored stored = Objects.requireNonNull(published.stored());
    published.live().ifPresent(ref -> changed.put(whose, Optional.of(ref.version())));
    Application told = application.tell(registry, changed);
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
        FolderModels.in(ModelFile.path("--dir", folder), registry.stores().loaders());
    registry.writing(
        store ->
            new FolderPublish(
                    registry,
                    application,
                    new Publisher(store, check(), true, Ticker.SYSTEM),
                    description,
                    live)
                .publish(models));
  }

  private Optional<ModelCheck> check() {
    return unchecked
        ? Optional.empty()
        : Optional.of(new ModelCheck(registry.stores().loaders(), registry.store()));
  }
}
