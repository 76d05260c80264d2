package io.manymodels.cli.tools;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.cli.console.HelpOption;
import io.manymodels.cli.console.ModelFile;
import io.manymodels.cli.console.WholeNumber;
import io.manymodels.time.Ticker;
import io.manymodels.tools.chaos.ChaosSession;
import io.manymodels.tools.chaos.ChaosSession.Settings;
import io.manymodels.tools.chaos.ScoreAddresses;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The client and the judge of `./many-models chaos`, whose Python half breaks things. */
@Command(
    name = "chaos",
    description =
        "Put load on a running instance, follow commands on standard input, and judge the"
            + " answers; or only judge a history.",
    footer = {
      "",
      "Exit codes: 0 nothing wrong, 1 something wrong, 2 wrong use. See docs/chaos.md."
    })
public final class ChaosCommand implements Callable<Integer> {
  private static final int MAX_RATE = 100_000;
  private static final int MAX_AT_ONCE = 1_000;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--history",
      required = true,
      paramLabel = "FOLDER",
      description = "Folder that the history is written to and judged from.")
  private String history = "";

  @Option(names = "--judge", description = "Only judge the history in the folder.")
  private boolean judgeOnly;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "Address to send requests to, such as http://127.0.0.1:8000. Repeatable.")
  private List<String> urls = List.of();

  @Option(
      names = "--first-percent",
      paramLabel = "N",
      converter = Percent.class,
      description = "Percentage of requests for the first address (default ${DEFAULT-VALUE}).")
  private int firstPercent = 50;

  @Option(
      names = "--tenants",
      paramLabel = "N",
      converter = TenantCount.class,
      description = "Number of tenants, tenant1 to tenantN (default ${DEFAULT-VALUE}).")
  private int tenants = 200;

  @Option(
      names = "--watch",
      split = ",",
      paramLabel = "N[,..]",
      converter = TenantCount.class,
      description = "Numbers of tenants that are asked for all the time.")
  private List<Integer> watched = List.of();

  @Option(
      names = "--rate",
      paramLabel = "R",
      converter = Rate.class,
      description = "Requests per second (default ${DEFAULT-VALUE}).")
  private int rate = 100;

  @Option(
      names = "--at-once",
      paramLabel = "N",
      converter = AtOnce.class,
      description = "Requests in flight at most (default ${DEFAULT-VALUE}).")
  private int atOnce = 64;

  @Option(
      names = "--seed",
      paramLabel = "S",
      converter = WholeNumber.Seed.class,
      description = "Random seed (default ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--overflow",
      paramLabel = "NAME",
      description = "The deployment that may answer any tenant (default ${DEFAULT-VALUE}).")
  private String overflow = "Deploymentx";

  @Mixin HelpOption help = new HelpOption();

  static final class Percent extends WholeNumber {
    Percent() {
      super(0, 100);
    }
  }

  static final class Rate extends WholeNumber {
    Rate() {
      super(1, MAX_RATE);
    }
  }

  static final class AtOnce extends WholeNumber {
    AtOnce() {
      super(1, MAX_AT_ONCE);
    }
  }

  @Override
  public Integer call() {
    Path folder = ModelFile.path("--history", history);
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    try {
      boolean right;
      if (judgeOnly) {
        right = ChaosSession.judge(folder, overflow, out);
      } else {
        BufferedReader commands =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        right = new ChaosSession(settings(folder), Ticker.SYSTEM).run(commands, out);
      }
      return right ? ExitCode.OK : ExitCode.SOFTWARE;
    } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
      throw CommandFailedException.of(
          ExitCode.SOFTWARE, "history " + folder + ": " + e.getMessage());
    }
  }

  private Settings settings(Path folder) {
    if (urls.isEmpty()) {
      throw new BadInputException("--url is missing");
    }
    for (int number : watched) {
      if (number > tenants) {
        throw BadInputException.of(
            "--watch", String.valueOf(number), "expected tenants in 1.." + tenants);
      }
    }
    return new Settings(
        new ScoreAddresses(urls.stream().map(ChaosCommand::address).toList(), firstPercent),
        tenants,
        watched,
        rate,
        atOnce,
        seed,
        folder,
        overflow);
  }

  private static InetSocketAddress address(String url) {
    try {
      URI uri = URI.create(url);
      if ("http".equals(uri.getScheme()) && uri.getHost() != null && uri.getPort() > 0) {
        return new InetSocketAddress(uri.getHost(), uri.getPort());
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw BadInputException.of("--url", url, "expected http://HOST:PORT");
  }
}
