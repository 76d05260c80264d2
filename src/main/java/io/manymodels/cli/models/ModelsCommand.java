package io.manymodels.cli.models;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.HelpOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The commands on models. */
@Command(
    name = "models",
    description = "Publish models and choose which version is live.",
    subcommands = {
      ConvertCommand.class,
      PublishCommand.class,
      ListCommand.class,
      ShowCommand.class,
      PromoteCommand.class,
      RollbackCommand.class,
      DeleteCommand.class
    },
    footer = {
      "",
      "--instance NAME: use the registry and address of this instance of ./many-models.",
      "Exit codes: 0 done, 2 wrong use or bad model, 1 any other failure. See docs/models.md."
    })
public final class ModelsCommand implements Runnable {
  @Mixin HelpOption help = new HelpOption();

  @Override
  public void run() {
    throw new BadInputException(
        "a command is missing: convert, publish, list, show, promote, rollback or delete");
  }
}
