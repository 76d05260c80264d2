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

/**
 * The fatal error log of a JVM (VMError::report, JDK 17). A JVM writes it when its own code, or
 * native code on one of its threads, raises a signal such as SIGSEGV, SIGFPE or SIGABRT; a process
 * that is killed from outside leaves none. Stateless.
 */
final class CrashReport {
  private static final Pattern THREAD = Pattern.compile("Current thread \\(.*\\bid=(\\d+)[,\\]].*");

  /** The thread comes after the command line, which may be long. */
  private static final int MAX_LINES = 1_000;

  private CrashReport() {}

  /**
   * Where a JVM writes it, the first that it can write to: -XX:ErrorFile if given, the working
   * directory, the folder for temporary files (VMError::report_and_die).
   */
  static List<Path> candidates(String errorFile, Path workingDirectory, long pid) {
    String name = "hs_err_pid" + pid + ".log";
    List<Path> defaults = List.of(workingDirectory.resolve(name), Path.of("/tmp", name));
    if (errorFile.isEmpty()) {
      return defaults;
    }
    Path named = workingDirectory.resolve(errorFile.replace("%p", Long.toString(pid)));
    return List.of(named, defaults.get(0), defaults.get(1));
  }

  /**
   * The number in the operating system of the thread that crashed; empty when there is no report
   * that says so and is newer than {@code since}.
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
          return OptionalInt.of(Integer.parseInt(thread.group(1)));
        }
      }
    } catch (NoSuchFileException e) {
      // Removed meanwhile.
    }
    return OptionalInt.empty();
  }
}
