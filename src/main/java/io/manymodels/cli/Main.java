package io.manymodels.cli;

import io.manymodels.cli.callers.CallersCommand;
import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.CommandEnvironment;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.cli.console.HelpOption;
import io.manymodels.cli.models.ModelsCommand;
import io.manymodels.cli.serve.ServeCommand;
import io.manymodels.cli.tools.ChaosCommand;
import io.manymodels.cli.tools.FleetCommand;
import io.manymodels.cli.tools.SimulateCommand;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.inference.LoaderUnavailableException;
import io.manymodels.logging.CommandLog;
import io.manymodels.logging.LogSettings;
import io.manymodels.logging.ServerLog;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/**
 * Runs a command. What went wrong is told in one line on stderr, with exit code 2 when the user
 * gave something that is not allowed, 1 otherwise.
 */
@Command(
    name = "many-models",
    description = "Commands of ./many-models that run on the JVM.",
    subcommands = {
      ServeCommand.class,
      ScoreCommand.class,
      SimulateCommand.class,
      ModelsCommand.class,
      CallersCommand.class,
      FleetCommand.class,
      ChaosCommand.class,
      CheckUserConfigsCommand.class,
      InspectRegistryCommand.class
    })
public final class Main implements Runnable, CommandEnvironment {
  @Mixin HelpOption help = new HelpOption();

  private final Environment environment;

  private Main(Environment environment) {
    this.environment = environment;
  }

  public static void main(String[] arguments) {
    boolean serves = arguments.length > 0 && arguments[0].equals("serve");
    LogSettings.choose(serves ? ServerLog.class : CommandLog.class, System.getProperties());
    Environment environment = Environment.ofProcess();
    PrintWriter err = writer(System.err);
    try {
      ReceivedText.require(arguments, environment.variables());
    } catch (BadInputException e) {
      complain(err, oneLine(e.getMessage()));
      System.exit(ExitCode.USAGE);
    }
    System.exit(run(arguments, environment, writer(System.out), err));
  }

  @Override
  public Environment environment() {
    return environment;
  }

  @Override
  public void run() {
    throw new BadInputException("a command is missing");
  }

  /** Returns the exit code. */
  public static int run(String[] arguments, PrintWriter out, PrintWriter err) {
    return run(arguments, Environment.empty(), out, err);
  }

  /** Returns the exit code. */
  public static int run(
      String[] arguments, Environment environment, PrintWriter out, PrintWriter err) {
    try {
      return commands(environment, out, err).execute(arguments);
    } catch (OutOfMemoryError e) {
      complain(
          err,
          "the memory of the JVM does not take this; give more by "
              + Setting.JAVA_OPTIONS.variable()
              + "=-Xmx8g");
      return ExitCode.SOFTWARE;
    }
  }

  static CommandLine commands(Environment environment, PrintWriter out, PrintWriter err) {
    return new CommandLine(new Main(environment))
        // A value that begins with @ is taken as it is.
        .setExpandAtFiles(false)
        .setOut(out)
        .setErr(err)
        .setParameterExceptionHandler(
            (e, all) ->
                wrongUse(err, message(e), e.getCommandLine().getCommandSpec().qualifiedName()))
        .setExecutionExceptionHandler(
            (e, command, parsed) ->
                e instanceof BadInputException
                    ? wrongUse(
                        err, oneLine(e.getMessage()), command.getCommandSpec().qualifiedName())
                    : failed(err, e));
  }

  private static int wrongUse(PrintWriter err, String message, String command) {
    complain(err, message + " (see: " + command + " --help)");
    return ExitCode.USAGE;
  }

  /** A value that cannot be converted is told as every other bad value is. */
  private static String message(ParameterException e) {
    @Nullable ArgSpec argument = e.getArgSpec();
    if (!(e.getCause() instanceof TypeConversionException why) || argument == null) {
      return oneLine(e.getMessage());
    }
    String name =
        argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
    String allowed = String.valueOf(why.getMessage());
    return oneLine(BadInputException.of(name, String.valueOf(e.getValue()), allowed).getMessage());
  }

  private static int failed(PrintWriter err, Throwable e) {
    if (e instanceof CommandFailedException failure) {
      complain(err, oneLine(e.getMessage()));
      return failure.exitCode();
    }
    complain(
        err,
        e instanceof LoaderUnavailableException
            ? oneLine(e.getMessage())
            : e.getClass().getSimpleName() + ": " + oneLine(e.getMessage()));
    return ExitCode.SOFTWARE;
  }

  private static void complain(PrintWriter err, String text) {
    err.print("many-models: " + text + "\n");
    err.flush();
  }

  private static String oneLine(@Nullable String text) {
    return text == null ? "" : text.replaceAll("\\s*\\p{Cntrl}\\s*", " ");
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, false, StandardCharsets.UTF_8);
  }
}
