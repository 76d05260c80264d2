package io.manymodels.cli.tools;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.cli.console.ModelFile;
import io.manymodels.cli.console.Numbers;
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
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The client and the judge of `./many-models chaos`, whose Python half breaks things. */
@Command(
    name = "chaos",
    description =
        "Put load on a running instance, obey commands from standard input, and judge what was"
            + " answered; or only judge a history.",
    footer = {
      "",
      "Exit codes: 0 nothing wrong, 1 something wrong, 2 wrong use. See docs/chaos.md."
    })
public final class ChaosCommand implements Callable<Integer> {
  private static final int MAX_TENANTS = 1_000_000;
  private static final int MAX_RATE = 100_000;
  private static final int MAX_AT_ONCE = 1_000;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--history",
      required = true,
      paramLabel = "FOLDER",
      description = "Where what happened is written, and read by the judge.")
  private String history = "";

  @Option(names = "--judge", description = "Only judge what is in the folder.")
  private boolean judgeOnly;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "Where to send requests, such as http://127.0.0.1:8000; may be repeated.")
  private List<String> urls = List.of();

  @Option(
      names = "--first-percent",
      paramLabel = "N",
      description = "So many of a hundred requests to the first address: 50.")
  private String firstPercent = "50";

  @Option(names = "--tenants", paramLabel = "N", description = "tenant1 .. tenantN ask: 200.")
  private String tenants = "200";

  @Option(
      names = "--watch",
      split = ",",
      paramLabel = "N[,..]",
      description = "Tenants that ask all the time.")
  private List<String> watched = List.of();

  @Option(names = "--rate", paramLabel = "R", description = "Requests a second: 100.")
  private String rate = "100";

  @Option(names = "--at-once", paramLabel = "N", description = "Requests under way: 64.")
  private String atOnce = "64";

  @Option(names = "--seed", paramLabel = "S", description = "Of what is random: 1.")
  private String seed = "1";

  @Option(
      names = "--overflow",
      paramLabel = "NAME",
      description = "The deployment that may answer every tenant: Deploymentx.")
  private String overflow = "Deploymentx";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this.")
  boolean help;

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
    int count = Numbers.whole("--tenants", tenants, 1, MAX_TENANTS);
    return new Settings(
        new ScoreAddresses(
            urls.stream().map(ChaosCommand::address).toList(),
            Numbers.whole("--first-percent", firstPercent, 0, 100)),
        count,
        watched.stream().map(name -> Numbers.whole("--watch", name, 1, count)).toList(),
        Numbers.whole("--rate", rate, 1, MAX_RATE),
        Numbers.whole("--at-once", atOnce, 1, MAX_AT_ONCE),
        Numbers.any("--seed", seed),
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
