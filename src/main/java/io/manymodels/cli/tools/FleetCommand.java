package io.manymodels.cli.tools;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.cli.console.ExitCodes;
import io.manymodels.cli.console.HelpOption;
import io.manymodels.cli.console.ModelFile;
import io.manymodels.cli.console.Progress;
import io.manymodels.cli.console.WholeNumber;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.registry.WritableModelRegistry;
import io.manymodels.stores.Stores;
import io.manymodels.threads.Awaiting;
import io.manymodels.threads.BoundedPool;
import io.manymodels.time.Ticker;
import io.manymodels.tools.fleet.Fleet;
import io.manymodels.tools.fleet.FleetKind;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a registry of many small models. */
@Command(
    name = "fleet",
    description = "Make a registry folder of many small ONNX models, to test with.",
    footer = {"", "Exit codes: 0 done, 1 failed, 2 wrong use. More in docs/models.md."})
public final class FleetCommand implements Runnable {
  private static final int THREADS = 4;
  private static final Duration GLANCE = Duration.ofMillis(100);

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      paramLabel = "FOLDER",
      description = "The folder; made if missing. Other tenants in it stay.")
  private String folder = "";

  @Option(
      names = "--tenants",
      paramLabel = "N",
      converter = TenantCount.class,
      description = "Number of tenants (default ${DEFAULT-VALUE}).")
  private int tenants = 10_000;

  @Option(
      names = "--seed",
      paramLabel = "S",
      converter = WholeNumber.Seed.class,
      description = "Random seed (default ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--kind",
      paramLabel = "KIND",
      description =
          "Kind of model: ${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE})."
              + " A version model answers tenant number * 1000 + version.",
      completionCandidates = Kinds.class)
  private String kind = "mixed";

  @Option(
      names = "--version",
      paramLabel = "V",
      converter = FleetVersion.class,
      description = "The version to publish (default ${DEFAULT-VALUE}).")
  private int version = 1;

  @Option(
      names = "--prefix",
      paramLabel = "P",
      description = "Prefix of the tenants' names (default ${DEFAULT-VALUE}).")
  private String prefix = "tenant";

  @Mixin HelpOption help = new HelpOption();

  /** Versions that a fleet's models can be made of. */
  static final class FleetVersion extends WholeNumber {
    FleetVersion() {
      super(1, Fleet.MAX_VERSION);
    }
  }

  /** For the help. */
  static final class Kinds implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return FleetKind.names().iterator();
    }
  }

  @Override
  public void run() {
    Fleet fleet = fleet();
    String uri = ModelFile.path("FOLDER", folder).toAbsolutePath().normalize().toUri().toString();
    try (WritableModelRegistry registry =
        new Stores(Environment.empty().with(Setting.REGISTRY, uri)).writableRegistry()) {
      publish(fleet, tenants, registry);
    } catch (ServingException e) {
      throw CommandFailedException.of(
          ExitCodes.of(e.code()), e.getMessage() + " (registry " + uri + ")");
    }
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    out.print("made " + tenants + " tenants in " + folder + "\n");
    out.flush();
  }

  private Fleet fleet() {
    if (!FleetKind.names().contains(kind)) {
      throw BadInputException.of("--kind", kind, "expected one of " + FleetKind.names());
    }
    try {
      return new Fleet(
          FleetKind.valueOf(kind.toUpperCase(Locale.ROOT)),
          seed,
          prefix,
          new ModelVersion(version));
    } catch (IllegalArgumentException e) {
      throw BadInputException.of("--prefix", prefix, String.valueOf(e.getMessage()));
    }
  }

  private void publish(Fleet fleet, int count, WritableModelRegistry registry) {
    PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
    Progress progress = new Progress(err, count, Ticker.SYSTEM);
    AtomicInteger next = new AtomicInteger(1);
    try (BoundedPool threads = BoundedPool.of("fleet", THREADS, THREADS)) {
      List<Future<Boolean>> running = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        running.add(
            threads.submit(
                () -> {
                  try {
                    for (int i = next.getAndIncrement(); i <= count; i = next.getAndIncrement()) {
                      fleet.publish(i, registry);
                      progress.done();
                    }
                  } catch (RuntimeException e) {
                    // The others need not go on.
                    next.set(count + 1);
                    throw e;
                  }
                  return true;
                }));
      }
      for (Future<Boolean> each : running) {
        Awaiting.result(each, GLANCE, progress::show);
      }
      progress.end();
    }
  }
}
