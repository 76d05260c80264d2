package io.manymodels.cli.tools;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.HelpOption;
import io.manymodels.cli.console.WholeNumber;
import io.manymodels.json.Json;
import io.manymodels.json.OutcomeJson;
import io.manymodels.tools.simulation.Outcome;
import io.manymodels.tools.simulation.Places;
import io.manymodels.tools.simulation.Policies;
import io.manymodels.tools.simulation.Report;
import io.manymodels.tools.simulation.SimulatedPolicy;
import io.manymodels.tools.simulation.SvgChart;
import io.manymodels.tools.simulation.Trace;
import io.manymodels.tools.simulation.Workload;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Replays traces through policies and prints what each made of them. */
@Command(
    name = "simulate",
    description =
        "Replay traces of requests through placement policies and compare their hit ratios.",
    footer = {"", "Exit codes: 0 done, 1 failed, 2 wrong use. More in docs/simulator.md."})
public final class SimulateCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--trace",
      required = true,
      paramLabel = "FILE|NAME",
      description =
          "A CSV file with lines millis,tenant, or a generated trace: zipf:EXPONENT, scan, loop,"
              + " shift, burst, or all (zipf:0.6, 0.8, 1.0, 1.2 and the others). Repeatable.")
  private List<String> traces = List.of();

  @Option(
      names = "--policy",
      paramLabel = "POLICY[,..]",
      description = "Policies to compare, of ${COMPLETION-CANDIDATES} (default: all but static).",
      completionCandidates = PolicyNames.class)
  private List<String> policies = Policies.compared();

  @Option(
      names = "--capacity",
      required = true,
      paramLabel = "C",
      converter = TypedPlaces.class,
      description = "Total places, such as 30, or DEPLOYMENTSxPLACES, such as 10x3.")
  private @Nullable Places capacity;

  @Option(
      names = "--json",
      description = "Print one JSON object per policy, one a line, and nothing else.")
  private boolean json;

  @Option(
      names = "--tenants",
      paramLabel = "N",
      converter = TraceTenantCount.class,
      description = "Tenants of a generated trace (default ${DEFAULT-VALUE}).")
  private int tenants = Workload.DEFAULT.tenants();

  @Option(
      names = "--requests",
      paramLabel = "N",
      converter = RequestCount.class,
      description = "Requests of a generated trace (default ${DEFAULT-VALUE}).")
  private int requests = Workload.DEFAULT.requests();

  @Option(
      names = "--rate",
      paramLabel = "R",
      converter = Rate.class,
      description = "Requests per second of a generated trace (default ${DEFAULT-VALUE}).")
  private int rate = Workload.DEFAULT.requestsPerSecond();

  @Option(
      names = "--seed",
      paramLabel = "S",
      converter = WholeNumber.Seed.class,
      description = "Random seed of a generated trace (default ${DEFAULT-VALUE}).")
  private long seed = Workload.DEFAULT.seed();

  @Option(
      names = "--load-ms",
      paramLabel = "X",
      converter = Millis.class,
      description = "Cost of a promotion in milliseconds (default ${DEFAULT-VALUE}).")
  private double loadMillis = 2;

  @Option(
      names = "--svg",
      paramLabel = "FILE",
      description = "Also draw the hit ratios into this SVG file.")
  private @Nullable String svg;

  @Mixin HelpOption help = new HelpOption();

  static final class TraceTenantCount extends WholeNumber {
    TraceTenantCount() {
      super(1, Workload.MAX_TENANTS);
    }
  }

  static final class RequestCount extends WholeNumber {
    RequestCount() {
      super(1, Workload.MAX_REQUESTS);
    }
  }

  static final class Rate extends WholeNumber {
    Rate() {
      super(1, Workload.MAX_RATE);
    }
  }

  /** For the help. */
  static final class PolicyNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Policies.names().iterator();
    }
  }

  @Override
  public Integer call() {
    List<SimulatedPolicy> chosen = policies();
    Places places = Objects.requireNonNull(capacity);
    List<Report> reports = new ArrayList<>();
    for (Supplier<Trace> source : TraceSources.of(traces, workload())) {
      Trace trace = source.get();
      List<Outcome> outcomes = new ArrayList<>();
      chosen.forEach(policy -> outcomes.add(policy.replay(trace, places)));
      int known = trace.tenants().size();
      reports.add(new Report(trace.name(), known, places, loadMillis, outcomes));
    }
    if (svg != null) {
      draw(svg, reports);
    }
    print(reports);
    return CommandLine.ExitCode.OK;
  }

  private Workload workload() {
    return new Workload(tenants, requests, rate, seed);
  }

  private List<SimulatedPolicy> policies() {
    Set<String> seen = new LinkedHashSet<>();
    List<SimulatedPolicy> chosen = new ArrayList<>();
    // Not by picocli, which drops an empty name at the end.
    for (String name : String.join(",", policies).split(",", -1)) {
      if (!seen.add(name)) {
        throw BadInputException.of("--policy", name, "named twice; each policy may be named once");
      }
      chosen.add(
          Policies.named(name)
              .orElseThrow(
                  () ->
                      BadInputException.of(
                          "--policy",
                          name,
                          "expected some of " + String.join(",", Policies.names()))));
    }
    return chosen;
  }

  private static void draw(String file, List<Report> reports) {
    try {
      Files.writeString(Path.of(file), SvgChart.of(reports));
    } catch (IOException | InvalidPathException e) {
      String reason = e.getClass().getSimpleName().replace("Exception", "");
      throw BadInputException.of(
          "--svg",
          file,
          "cannot be written (" + reason + "); expected a file in a folder that exists");
    }
  }

  private void print(List<Report> reports) {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    boolean several = reports.size() > 1;
    String between = "";
    for (Report report : reports) {
      if (json) {
        for (Outcome outcome : report.outcomes()) {
          out.print(Json.write(OutcomeJson.of(several ? report.trace() : null, outcome)) + "\n");
        }
      } else {
        out.print(between + report.text());
        between = "\n\n";
      }
    }
    out.flush();
  }
}
