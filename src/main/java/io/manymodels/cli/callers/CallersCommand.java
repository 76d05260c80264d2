package io.manymodels.cli.callers;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.HelpOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The commands on callers. */
@Command(
    name = "callers",
    description = "Say who may score which tenants: API keys, their roles, quotas and end.",
    subcommands = {AddCommand.class, CallersListCommand.class, RevokeCommand.class},
    footer = {"", "Exit codes: 0 done, 2 wrong use, 1 any other failure. See docs/access.md."})
public final class CallersCommand implements Runnable {
  @Mixin HelpOption help = new HelpOption();

  @Override
  public void run() {
    throw new BadInputException("a command is missing: add, list or revoke");
  }
}
