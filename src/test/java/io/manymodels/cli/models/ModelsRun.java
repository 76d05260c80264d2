package io.manymodels.cli.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.cli.Main;
import io.manymodels.config.Environment;
import io.manymodels.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Runs {@code models ...} on a registry folder, in an environment of its own. */
public final class ModelsRun {
  private final Path root;
  private final Map<String, String> environment = new TreeMap<>();

  public ModelsRun(Path root) {
    this.root = root;
    environment.put("MANY_MODELS_REGISTRY", uri());
  }

  public record Result(int exitCode, String out, String err) {

    /** One line on stderr, with all these parts. */
    public void assertFailed(int code, String... parts) {
      assertThat(err).startsWith("many-models: ").contains(parts).containsOnlyOnce("\n");
      assertThat(exitCode).isEqualTo(code);
    }

    List<JsonNode> lines() throws IOException {
      List<JsonNode> lines = new ArrayList<>();
      for (String line : out.lines().toList()) {
        lines.add(Json.mapper().readTree(line));
      }
      return lines;
    }
  }

  Path root() {
    return root;
  }

  /** As the command names it. */
  String uri() {
    return "file:" + root.toAbsolutePath();
  }

  ModelsRun with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  ModelsRun without(String variable) {
    environment.remove(variable);
    return this;
  }

  public Result run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] all = new String[arguments.length + 1];
    all[0] = "models";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    int exitCode =
        Main.run(all, Environment.of(environment), new PrintWriter(out), new PrintWriter(err));
    return new Result(exitCode, out.toString(), err.toString());
  }

  /** The one object that a command prints when it succeeds. */
  JsonNode json(String... arguments) throws IOException {
    String[] all = new String[arguments.length + 1];
    System.arraycopy(arguments, 0, all, 0, arguments.length);
    all[arguments.length] = "--json";
    Result result = run(all);
    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    return result.lines().get(0);
  }
}
