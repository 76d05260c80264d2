package io.manymodels.cli.callers;

import io.manymodels.access.ListedCaller;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists the callers of the file. */
@Command(name = "list", description = "List the callers, with the first digits of their keys.")
final class CallersListCommand implements Runnable {
  private static final String LINE = "%-24s %-24s %-16s %-12s %s";

  @Mixin private CallersFileOption file = new CallersFileOption();

  @Override
  public void run() {
    List<ListedCaller> callers = file.callers();
    String lines = callers.stream().map(CallersListCommand::line).collect(Collectors.joining("\n"));
    file.print(
        callers,
        callers.isEmpty()
            ? "no callers: nobody may score"
            : String.format(LINE, "NAME", "KEY OR SUBJECT", "ROLES", "EXPIRES", "TENANTS")
                + "\n"
                + lines);
  }

  private static String line(ListedCaller caller) {
    return String.format(
        LINE,
        caller.name(),
        caller.key() == null ? caller.issuer() + "/" + caller.subject() : caller.key(),
        String.join(",", caller.roles()),
        caller.expires() == null ? "never" : caller.expires(),
        String.join(",", caller.tenants()));
  }
}
