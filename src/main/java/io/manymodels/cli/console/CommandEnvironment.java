package io.manymodels.cli.console;

import io.manymodels.config.Environment;
import picocli.CommandLine.Model.CommandSpec;

/** What the root command knows about the environment that its subcommands run in. */
public interface CommandEnvironment {
  /** The environment variables by name. */
  Environment environment();

  /** The environment variables of the command line that {@code command} belongs to. */
  static Environment of(CommandSpec command) {
    return ((CommandEnvironment) command.root().userObject()).environment();
  }
}
