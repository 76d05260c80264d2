package io.manymodels.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.Environment;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/** What a command printed, and how it ended. */
public record CommandRun(int exitCode, String out, String err) {

  /** Runs a command with these environment variables only. */
  public static CommandRun of(Map<String, String> environment, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        Main.run(
            arguments, Environment.of(environment), new PrintWriter(out), new PrintWriter(err));
    return new CommandRun(exitCode, out.toString(), err.toString());
  }

  /** One line on stderr, with all these parts, and nothing on stdout. */
  public void assertFailed(int code, String... parts) {
    assertThat(err).startsWith("many-models: ").contains(parts).containsOnlyOnce("\n");
    assertThat(out).isEmpty();
    assertThat(exitCode).isEqualTo(code);
  }
}
