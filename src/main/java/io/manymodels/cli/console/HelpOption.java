package io.manymodels.cli.console;

import picocli.CommandLine.Option;

/** The option that every command has: its help. */
public final class HelpOption {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;
}
