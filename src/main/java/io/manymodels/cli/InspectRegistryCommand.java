package io.manymodels.cli;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.CommandEnvironment;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.cli.console.ExitCodes;
import io.manymodels.cli.console.ModelFile;
import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.ModelLoader;
import io.manymodels.json.Json;
import io.manymodels.json.RowsJson;
import io.manymodels.json.WrittenRows;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.stores.Stores;
import io.manymodels.tensor.Trial;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Tells what the registry in {@code MANY_MODELS_REGISTRY} holds: how many tenants, which of some
 * names it lacks, and one tenant whose model loads. {@code ./many-models up} asks it, to warn of
 * tenants that are configured but not there and to have a request to try.
 */
@Command(
    name = "inspect-registry",
    hidden = true,
    description = "Print, as JSON, what the registry has of a JSON list of tenants.")
final class InspectRegistryCommand implements Runnable {
  /** A registry in which this many models in a row do not load is not searched further. */
  private static final int MAX_TRIED = 10;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The list; those that come first are preferred.")
  private String file = "";

  /**
   * The content of the registry.
   *
   * @param tenants how many tenants have a model
   * @param missing those of the asked tenants that have none, in the order asked
   * @param sample a tenant whose live version loads; absent when none of those tried does
   * @param broken the tenants tried before it, at most {@link #MAX_TRIED}
   */
  record Inspection(
      int tenants, List<String> missing, @Nullable Sample sample, List<Broken> broken) {}

  /**
   * A tenant whose live version loads.
   *
   * @param rows that it can be asked for, as POST /score takes them: its example, else zeros and
   *     empty strings
   */
  record Sample(String tenant, WrittenRows rows) {}

  /** Why the live version of a tenant does not load, in one line. */
  record Broken(String tenant, String reason) {}

  @Override
  public void run() {
    Set<TenantId> asked = asked();
    Stores stores = new Stores(CommandEnvironment.of(spec()));
    try (ModelRegistry registry = stores.registry();
        ArtifactStore artifacts = stores.artifacts()) {
      print(inspect(asked, registry, artifacts, stores.loaders()));
    } catch (IllegalArgumentException e) {
      throw new BadInputException(String.valueOf(e.getMessage()));
    } catch (ServingException e) {
      throw CommandFailedException.of(ExitCodes.of(e.code()), String.valueOf(e.getMessage()));
    }
  }

  private static Inspection inspect(
      Set<TenantId> asked,
      ModelRegistry registry,
      ArtifactStore artifacts,
      List<ModelLoader> loaders) {
    Set<TenantId> there = new TreeSet<>(registry.tenants());
    List<String> missing = new ArrayList<>();
    asked.stream().filter(t -> !there.contains(t)).forEach(t -> missing.add(t.value()));
    Set<TenantId> candidates = new LinkedHashSet<>(asked);
    candidates.retainAll(there);
    candidates.addAll(there);
    List<Broken> broken = new ArrayList<>();
    @Nullable Sample sample = firstThatLoads(candidates, registry, artifacts, loaders, broken);
    return new Inspection(there.size(), missing, sample, broken);
  }

  private static @Nullable Sample firstThatLoads(
      Collection<TenantId> candidates,
      ModelRegistry registry,
      ArtifactStore artifacts,
      List<ModelLoader> loaders,
      List<Broken> broken) {
    for (TenantId tenant : candidates) {
      if (broken.size() == MAX_TRIED) {
        break;
      }
      try {
        return new Sample(tenant.value(), rows(tenant, registry, artifacts, loaders));
      } catch (ServingException e) {
        broken.add(new Broken(tenant.value(), String.valueOf(e.getMessage())));
      }
    }
    return null;
  }

  private static WrittenRows rows(
      TenantId tenant, ModelRegistry registry, ArtifactStore artifacts, List<ModelLoader> loaders) {
    ModelVersion live =
        registry.liveVersion(tenant).orElseThrow(() -> failed(tenant + " has no live version"));
    ModelRef ref = new ModelRef(tenant, live);
    ArtifactDescriptor artifact =
        registry.describe(ref).orElseThrow(() -> failed(ref + " is not there"));
    ByteBuffer bytes =
        artifacts
            .read(artifact)
            .orElseThrow(() -> failed("the artifact of " + ref + " is missing"));
    ModelLoader loader =
        loaders.stream()
            .filter(each -> each.format().equals(artifact.format()))
            .findFirst()
            .orElseThrow(() -> failed(ref + ": no loader takes '" + artifact.format() + "'"));
    try (LoadedModel model = loader.load(artifact, bytes)) {
      String example = artifact.usage().exampleText();
      return new WrittenRows(
          example.isEmpty() ? RowsJson.write(Trial.zeros(model.signature(), 1)) : example);
    } catch (IllegalArgumentException e) {
      throw failed(ref + ": " + e.getMessage());
    }
  }

  private static ServingException failed(String why) {
    return new ServingException(ErrorCode.LOAD_FAILED, why);
  }

  private Set<TenantId> asked() {
    Path path = ModelFile.path("FILE", file);
    Set<TenantId> asked = new LinkedHashSet<>();
    try {
      for (String name : Json.read(Files.readString(path), String[].class)) {
        asked.add(new TenantId(name));
      }
    } catch (IOException e) {
      throw BadInputException.of("FILE", file, "cannot be read");
    } catch (IllegalArgumentException e) {
      throw BadInputException.of("FILE", file, String.valueOf(e.getMessage()));
    }
    return asked;
  }

  private void print(Inspection inspection) {
    PrintWriter out = spec().commandLine().getOut();
    out.print(Json.write(inspection) + "\n");
    out.flush();
  }

  private CommandSpec spec() {
    return Objects.requireNonNull(spec);
  }
}
