package io.manymodels.cli.models;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.cli.console.Progress;
import io.manymodels.json.ArtifactMetadata;
import io.manymodels.json.ModelsJson.Application;
import io.manymodels.json.ModelsJson.Published;
import io.manymodels.json.ModelsJson.Summary;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.threads.Awaiting;
import io.manymodels.threads.BoundedPool;
import io.manymodels.time.Ticker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Future;
import picocli.CommandLine.ExitCode;

/**
 * Publishes the models of a folder, tenants beside each other, the versions of one in order. A
 * model that cannot be published is no reason not to publish the others.
 */
final class FolderPublish {
  /** More than there are processors, because each waits for the disk. */
  private static final int THREADS = 4 + Runtime.getRuntime().availableProcessors();

  /** Tenants with larger models come after the others, one at a time, so that memory suffices. */
  private static final long LARGE_BYTES = 32L << 20;

  /**
   * ONNX Runtime 1.29 ends the process on a thread of 1 MiB, the JVM's default, unless its
   * telemetry is off by ORT_DISABLE_TELEMETRY, which the launcher sets and others may not.
   */
  private static final long STACK_BYTES = 4L << 20;

  private static final int MAX_SHOWN = 20;
  private static final Duration GLANCE = Duration.ofMillis(100);

  private final RegistryOptions registry;
  private final ApplicationOptions application;
  private final Publisher publisher;
  private final Wishes wishes;
  private final Warnings warnings;

  /** The warnings are printed when all are published. */
  FolderPublish(
      RegistryOptions registry,
      ApplicationOptions application,
      Publisher publisher,
      Wishes wishes,
      Warnings warnings) {
    this.registry = registry;
    this.application = application;
    this.publisher = publisher;
    this.wishes = wishes;
    this.warnings = warnings;
  }

  /**
   * What holds for all models of the folder.
   *
   * @param description of those that have none
   * @param stated of those whose folder does not say otherwise
   * @param live whether they become live
   * @param tried whether they are loaded before they are published
   */
  record Wishes(String description, StatedUsage stated, boolean live, boolean tried) {}

  /** A model and what became of it; the exit code is that of a failure. */
  private record Result(Published published, int exitCode) {
    boolean failed() {
      return exitCode != ExitCode.OK;
    }

    String line() {
      return String.valueOf(published.error());
    }
  }

  void publish(FolderModels models) {
    List<Result> results = publishAll(models);
    Application told = application.tell(registry, changed(results), wishes.tried());
    report(models, results, told);
  }

  private List<Result> publishAll(FolderModels models) {
    Progress progress = new Progress(registry.err(), models.size(), Ticker.SYSTEM);
    SortedMap<String, List<FolderModels.Source>> small = new TreeMap<>();
    SortedMap<String, List<FolderModels.Source>> large = new TreeMap<>();
    models
        .models()
        .forEach(
            (name, sources) ->
                (sources.stream().anyMatch(source -> size(source.file()) > LARGE_BYTES)
                        ? large
                        : small)
                    .put(name, sources));
    List<List<Result>> finished = new ArrayList<>(publishBesideEachOther(small, progress));
    large.forEach(
        (name, sources) -> {
          finished.add(publishTenant(name, sources, progress));
          progress.show();
        });
    progress.end();
    return finished.stream().flatMap(List::stream).toList();
  }

  private List<List<Result>> publishBesideEachOther(
      SortedMap<String, List<FolderModels.Source>> tenants, Progress progress) {
    List<List<Result>> finished = new ArrayList<>();
    try (BoundedPool threads =
        BoundedPool.withStacks("publish", THREADS, Math.max(1, tenants.size()), STACK_BYTES)) {
      List<Future<List<Result>>> running = new ArrayList<>();
      tenants.forEach(
          (name, sources) ->
              running.add(threads.submit(() -> publishTenant(name, sources, progress))));
      for (Future<List<Result>> tenant : running) {
        finished.add(Awaiting.result(tenant, GLANCE, progress::show));
      }
    }
    return finished;
  }

  private List<Result> publishTenant(
      String name, List<FolderModels.Source> sources, Progress progress) {
    List<Result> results = new ArrayList<>();
    for (FolderModels.Source source : sources) {
      results.add(publishOne(name, source));
      progress.done();
    }
    return results;
  }

  private Result publishOne(String name, FolderModels.Source source) {
    String what = name + source.version().map(version -> "/" + version).orElse("");
    try {
      TenantId tenant = FolderModels.tenant(name, source.file());
      ModelOnDisk model = ModelOnDisk.at(what, source.file(), source.format());
      Optional<ArtifactMetadata> metadata = source.metadata();
      StatedUsage stated = source.stated(metadata).or(model.stated(warnings)).or(wishes.stated());
      Publisher.Candidate candidate =
          new Publisher.Candidate(
              tenant,
              source.version(),
              metadata.map(ArtifactMetadata::description).orElse(wishes.description()),
              stated,
              wishes.live() && source.live());
      Published published = publisher.publish(candidate, model);
      return new Result(published.withFile(source.file().toString()), ExitCode.OK);
    } catch (CommandFailedException e) {
      return failed(name, source, String.valueOf(e.getMessage()), e.exitCode());
    } catch (BadInputException e) {
      return failed(name, source, what + ": " + e.getMessage(), ExitCode.USAGE);
    } catch (ServingException e) {
      CommandFailedException failure = registry.failure(e);
      return failed(name, source, String.valueOf(failure.getMessage()), failure.exitCode());
    } catch (RuntimeException e) {
      // A defect, of a loader perhaps: of this model only.
      return failed(name, source, what + ": " + e, ExitCode.SOFTWARE);
    }
  }

  private static Result failed(
      String name, FolderModels.Source source, String error, int exitCode) {
    Published published = Published.failed(name, source.version(), source.file().toString(), error);
    return new Result(published, exitCode);
  }

  /** The last that became live of each tenant. */
  private static SortedMap<TenantId, Optional<ModelVersion>> changed(List<Result> results) {
    SortedMap<TenantId, Optional<ModelVersion>> changed = new TreeMap<>();
    for (Result result : results) {
      result
          .published()
          .live()
          .ifPresent(ref -> changed.put(ref.tenant(), Optional.of(ref.version())));
    }
    return changed;
  }

  private void report(FolderModels models, List<Result> results, Application told) {
    List<Result> failures = results.stream().filter(Result::failed).toList();
    int published = count(results, Published.PUBLISHED);
    int there = count(results, Published.ALREADY_THERE);
    int liveNow = changed(results).size();
    if (registry.json()) {
      results.stream()
          .sorted(Comparator.comparing(result -> result.published().tenant()))
          .forEach(result -> registry.print(result.published(), ""));
    }
    registry.print(
        new Summary(published, there, failures.size(), liveNow, told),
        "published "
            + published
            + " models"
            + (there > 0 ? ", " + there + " were there already" : "")
            + (failures.isEmpty() ? "" : ", " + failures.size() + " failed")
            + (models.others() > 0 ? ", left alone " + models.others() + " that are none" : "")
            + "; "
            + liveNow
            + " are live"
            + ApplicationOptions.text(told));
    warnings.print(registry);
    complain(failures, results.size());
    ApplicationOptions.require(told, registry, liveNow + " models: published and live");
  }

  private static int count(List<Result> results, String state) {
    return (int) results.stream().filter(one -> one.published().state().equals(state)).count();
  }

  private void complain(List<Result> failures, int all) {
    if (failures.isEmpty()) {
      return;
    }
    failures.stream()
        .limit(MAX_SHOWN)
        .forEach(failure -> registry.err().print("failed: " + failure.line() + "\n"));
    if (failures.size() > MAX_SHOWN) {
      registry.err().print("failed: and " + (failures.size() - MAX_SHOWN) + " more\n");
    }
    boolean allBad = failures.stream().allMatch(one -> one.exitCode() == ExitCode.USAGE);
    throw CommandFailedException.of(
        allBad ? ExitCode.USAGE : ExitCode.SOFTWARE,
        failures.size()
            + " of "
            + all
            + " models were not published to the registry "
            + registry.store());
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (java.io.IOException e) {
      return 0;
    }
  }
}
