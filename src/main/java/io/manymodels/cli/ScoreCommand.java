package io.manymodels.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.CommandEnvironment;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.cli.console.HelpOption;
import io.manymodels.config.Setting;
import io.manymodels.json.Json;
import io.manymodels.json.RowsReader;
import io.manymodels.json.VersionsJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes one call of POST /score and prints the answer. */
@Command(
    name = "score",
    description = {
      "Score ROWS with the model of TENANT.",
      "ROWS is a list, such as [[5.1, 3.5, 1.4, 0.2]], or an object with what POST /score takes:",
      "{\"columns\": [\"plan\", \"seats\"], \"data\": [[\"pro\", 48]], \"outputs\": \"all\"}."
    })
final class ScoreCommand implements Runnable {
  private static final String DEFAULT_URL = "http://127.0.0.1:8080";
  private static final Duration CONNECTING = Duration.ofSeconds(5);

  /** Past the longest deadline of a request that names none. */
  private static final Duration ANSWERING = Duration.ofSeconds(40);

  private static final int MAX_SHOWN = 300;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(index = "0", paramLabel = "TENANT", description = "The tenant whose model answers.")
  private String tenant = "";

  @Parameters(
      index = "1",
      paramLabel = "ROWS",
      description = "Rows as JSON: a list, or an object with columns, records or inputs.")
  private String rows = "";

  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "Address of the application (default: MANY_MODELS_URL, else http://127.0.0.1:8080).")
  private @Nullable String url;

  @Mixin HelpOption help = new HelpOption();

  @Override
  public void run() {
    String body = body();
    URI address = URI.create(address().replaceFirst("/+$", "") + "/score");
    HttpResponse<String> answer = send(address, body);
    if (answer.statusCode() != 200) {
      throw CommandFailedException.failed(
          "scoring "
              + tenant
              + " was answered "
              + answer.statusCode()
              + ": "
              + described(answer.body()));
    }
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    out.print(answer.body().strip() + "\n");
    out.flush();
  }

  /** The rows as they were typed: every digit may count. */
  private String body() {
    Object read;
    try {
      read = Json.read(rows, Object.class);
    } catch (IllegalArgumentException e) {
      throw BadInputException.of("ROWS", rows, "is not JSON: " + e.getMessage());
    }
    String whose = "{\"tenant\":" + Json.write(tenant) + ",";
    if (!(read instanceof Map<?, ?> members)) {
      return whose + "\"data\":" + rows + "}";
    }
    if (members.isEmpty()) {
      throw BadInputException.of("ROWS", rows, "has no rows; known keys are " + RowsReader.KEYS);
    }
    return whose + rows.strip().substring(1);
  }

  private String address() {
    if (url != null && !Setting.URL.takes().accepts(url)) {
      throw BadInputException.of("--url", url, "expected " + Setting.URL.takes().allowed());
    }
    try {
      return url != null
          ? url
          : CommandEnvironment.of(Objects.requireNonNull(spec))
              .text(Setting.URL)
              .orElse(DEFAULT_URL);
    } catch (IllegalArgumentException e) {
      throw new BadInputException(String.valueOf(e.getMessage()));
    }
  }

  private static HttpResponse<String> send(URI address, String body) {
    HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECTING)
            .build();
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .timeout(ANSWERING)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    try {
      return client.send(request, BodyHandlers.ofString(UTF_8));
    } catch (IOException e) {
      throw CommandFailedException.failed(
          address + " does not answer (" + e.getClass().getSimpleName() + "); is it up?");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CommandFailedException.failed("interrupted");
    }
  }

  /** A problem document in one line, or the first of whatever text came instead. */
  private static String described(String text) {
    try {
      VersionsJson.Problem problem = Json.read(text, VersionsJson.Problem.class);
      List<String> parts = new ArrayList<>();
      Stream.of(problem.title(), problem.detail()).filter(Objects::nonNull).forEach(parts::add);
      if (problem.errors() != null) {
        problem.errors().forEach(error -> parts.add(error.pointer() + ": " + error.detail()));
      }
      if (!parts.isEmpty()) {
        return String.join("; ", parts);
      }
    } catch (IllegalArgumentException e) {
      // It is no problem document.
    }
    return text.substring(0, Math.min(text.length(), MAX_SHOWN));
  }
}
