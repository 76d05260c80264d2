package io.manymodels.cli.models;

import io.manymodels.cli.console.BadInputException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The commands on models. */
@Command(
    name = "models",
    description = "Publish models, and say which version is live.",
    subcommands = {
      PublishCommand.class,
      ListCommand.class,
      ShowCommand.class,
      PromoteCommand.class,
      RollbackCommand.class,
      DeleteCommand.class
    },
    footer = {
      "",
      "--instance NAME: the registry and the address of another instance of ./many-models.",
      "Exit codes: 0 done, 2 wrong use or a bad model, 1 any other failure. More in docs/models.md."
    })
public final class ModelsCommand implements Runnable {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this.")
  boolean help;

  @Override
  public void run() {
    throw new BadInputException(
        "a command is missing: publish, list, show, promote, rollback or delete");
  }
}
