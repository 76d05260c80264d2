package io.manymodels.cli.console;

import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** What the root command knows about the environment that its subcommands run in. */
public interface CommandEnvironment {
  /** The environment variables by name. */
  Map<String, String> environment();

  /** The environment variables of the command line that {@code command} belongs to. */
  static Map<String, String> of(CommandSpec command) {
    return ((CommandEnvironment) command.root().userObject()).environment();
  }
}
