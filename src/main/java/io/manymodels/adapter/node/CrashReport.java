package io.manymodels.adapter.node;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The fatal error log of a JVM (VMError::report, JDK 17). A JVM writes it when its own code, or
 * native code on one of its threads, raises a signal such as SIGSEGV, SIGFPE or SIGABRT; a process
 * that is killed from outside leaves none. Stateless.
 */
final class CrashReport {
  private static final Pattern THREAD =
      Pattern.compile("Current thread \\(.*\\bid=(\\d{1,18})[,\\]].*");

  /** The thread comes after the command line, which may be long. */
  private static final int MAX_LINES = 1_000;

  private CrashReport() {}

  /**
   * Where a JVM writes it, the first that it can write to: -XX:ErrorFile if given, the working
   * directory, the system's folder for temporary files (VMError::report_and_die). That folder is
   * {@code /tmp} on Linux whatever {@code java.io.tmpdir} says, and the default of {@code
   * java.io.tmpdir} on macOS and Windows (os::get_temp_directory).
   */
  static List<Path> candidates(String errorFile, Path workingDirectory, Path temporary, long pid) {
    String name = "hs_err_pid" + pid + ".log";
    Stream<Path> named =
        errorFile.isEmpty()
            ? Stream.empty()
            : Stream.of(workingDirectory.resolve(errorFile.replace("%p", Long.toString(pid))));
    Stream<Path> folders =
        Stream.of(workingDirectory, Path.of("/tmp"), temporary).map(folder -> folder.resolve(name));
    return Stream.concat(named, folders).distinct().toList();
  }

  /**
   * The number in the operating system of the thread that crashed; empty when there is no report
   * that says so and is newer than {@code since}. Linux numbers threads with 32 bits; a larger
   * number is of another system, where no prediction is noted by it.
   */
  static OptionalInt thread(Path report, Instant since) throws IOException {
    if (!Files.exists(report) || Files.getLastModifiedTime(report).toInstant().isBefore(since)) {
      return OptionalInt.empty();
    }
    try (BufferedReader lines = Files.newBufferedReader(report, ISO_8859_1)) {
      for (int i = 0; i < MAX_LINES; i++) {
        String line = lines.readLine();
        if (line == null) {
          break;
        }
        Matcher thread = THREAD.matcher(line);
        if (thread.matches()) {
          long number = Long.parseLong(thread.group(1));
          return number == (int) number ? OptionalInt.of((int) number) : OptionalInt.empty();
        }
      }
    } catch (NoSuchFileException e) {
      // Removed meanwhile.
    }
    return OptionalInt.empty();
  }
}
