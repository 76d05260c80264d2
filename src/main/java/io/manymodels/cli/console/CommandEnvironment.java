package io.manymodels.cli.console;

import io.manymodels.config.Environment;
import picocli.CommandLine.Model.CommandSpec;

/** The environment in which the subcommands of a root command run. */
public interface CommandEnvironment {
  /** The environment variables by name. */
  Environment environment();

  /** The environment variables of the command line that {@code command} belongs to. */
  static Environment of(CommandSpec command) {
    return ((CommandEnvironment) command.root().userObject()).environment();
  }
}
