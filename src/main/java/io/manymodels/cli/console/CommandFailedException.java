package io.manymodels.cli.console;

import picocli.CommandLine.ExitCode;

/** The command did not do what it was asked to; the message says all that the user is told. */
public final class CommandFailedException extends RuntimeException {
  private final int exitCode;

  private CommandFailedException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  /** The input is wrong, whatever the registry holds. */
  public static CommandFailedException badInput(String message) {
    return new CommandFailedException(ExitCode.USAGE, message);
  }

  public static CommandFailedException failed(String message) {
    return new CommandFailedException(ExitCode.SOFTWARE, message);
  }

  public static CommandFailedException of(int exitCode, String message) {
    return new CommandFailedException(exitCode, message);
  }

  public int exitCode() {
    return exitCode;
  }
}
