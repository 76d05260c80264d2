package io.manymodels.cli.callers;

import io.manymodels.access.CallersFile;
import io.manymodels.access.ListedCaller;
import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.console.CommandEnvironment;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.cli.console.HelpOption;
import io.manymodels.config.Setting;
import io.manymodels.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The file of the commands on callers, how it is read and replaced, and how they print. */
final class CallersFileOption {
  private static final String OPTION = "--file";

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = OPTION,
      paramLabel = "FILE",
      description = "The callers file (default: MANY_MODELS_CALLERS).")
  private @Nullable String file;

  @Option(names = "--json", description = "Print JSON, and nothing else, on stdout.")
  private boolean json;

  @Mixin HelpOption help = new HelpOption();

  private Path path() {
    String named = file == null ? configured() : file;
    try {
      return Path.of(named);
    } catch (InvalidPathException e) {
      throw BadInputException.of(OPTION, named, "this is not the name of a file");
    }
  }

  private String configured() {
    try {
      return CommandEnvironment.of(spec())
          .text(Setting.CALLERS)
          .orElseThrow(
              () ->
                  new BadInputException(
                      OPTION + " is missing, and " + Setting.CALLERS.variable() + " is not set"));
    } catch (IllegalArgumentException e) {
      throw new BadInputException(String.valueOf(e.getMessage()));
    }
  }

  /** The callers that the file has. */
  List<ListedCaller> callers() {
    Path path = path();
    return ListedCaller.of(checked(path, CallersFile::text));
  }

  /** What {@code read} says of a file; what it throws names the file. */
  private static String checked(Path path, Function<Path, String> read) {
    try {
      String text = read.apply(path);
      CallersFile.check(text, path);
      return text;
    } catch (IllegalArgumentException e) {
      throw BadInputException.of(OPTION, path.toString(), String.valueOf(e.getMessage()));
    }
  }

  /**
   * Replaces the file by what {@code change} makes of it, at once: nobody reads half of it.
   *
   * @param mayBeNew whether a file that is missing is taken for an empty one
   */
  void change(boolean mayBeNew, UnaryOperator<String> change) {
    Path path = path();
    boolean isNew = mayBeNew && !Files.exists(path);
    String before = isNew ? "" : checked(path, CallersFile::text);
    String after = checked(path, unread -> change.apply(before));
    try {
      // A link stays one: what it leads to is replaced.
      Path target = isNew ? path.toAbsolutePath() : path.toRealPath();
      Path written = written(target, after, isNew);
      if (!isNew && !Files.readString(target).equals(before)) {
        Files.delete(written);
        throw CommandFailedException.failed(path + " was changed meanwhile; try again");
      }
      Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw CommandFailedException.failed("cannot write " + path + ": " + e);
    }
  }

  /** Readable as the file was; a new one for its owner only. */
  private static Path written(Path target, String text, boolean isNew) throws IOException {
    Path folder = Objects.requireNonNull(target.getParent());
    FileAttribute<?>[] attributes = {};
    if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      Set<PosixFilePermission> permissions =
          isNew
              ? PosixFilePermissions.fromString("rw-------")
              : Files.getPosixFilePermissions(target);
      attributes = new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)};
    }
    Path written = Files.createTempFile(folder, ".callers-", ".new", attributes);
    return Files.writeString(written, text);
  }

  /** The object as a line of JSON, or the text. */
  void print(Object object, String text) {
    PrintWriter out = spec().commandLine().getOut();
    out.print((json ? Json.write(object) : text) + "\n");
    out.flush();
  }

  private CommandSpec spec() {
    return Objects.requireNonNull(command);
  }
}
