package io.manymodels.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * A command line of {@code serve}, run from the jar as a user runs it, with nothing of this JVM's
 * environment that configures it. Immutable.
 *
 * @param folder where it runs, and writes serve.out and serve.err
 */
record Serve(Path folder, Map<String, String> options, Map<String, String> variables) {
  private static final Path OPTIONS =
      Path.of("deploy", "standalone", "java.options").toAbsolutePath();
  private static final Path JAR = Path.of("target", "many-models.jar").toAbsolutePath();
  private static final long END_SECONDS = 60;

  Serve {
    options = Map.copyOf(options);
    variables = Map.copyOf(variables);
  }

  /** The registry {@code models} and the state {@code state} in the folder, on any free port. */
  static Serve in(Path folder) {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("--registry", folder.resolve("models").toString());
    options.put("--state", folder.resolve("state").toString());
    options.put("--port", "0");
    return new Serve(folder, options, Map.of());
  }

  Serve option(String name, Object value) {
    Map<String, String> changed = new LinkedHashMap<>(options);
    changed.put(name, value.toString());
    return new Serve(folder, changed, variables);
  }

  Serve without(String option) {
    Map<String, String> changed = new LinkedHashMap<>(options);
    changed.remove(option);
    return new Serve(folder, changed, variables);
  }

  Serve variable(String name, Object value) {
    Map<String, String> changed = new TreeMap<>(variables);
    changed.put(name, value.toString());
    return new Serve(folder, options, changed);
  }

  /** Starts it; it ends with this JVM at the latest. */
  Process start() {
    if (!Files.isRegularFile(JAR)) {
      throw new IllegalStateException(JAR + " is missing; `mvn package` makes it");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("@" + OPTIONS, "-jar", JAR.toString(), "serve"));
    options.forEach((name, value) -> command.addAll(List.of(name, value)));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectInput(new File("/dev/null"))
            .redirectOutput(out().toFile())
            .redirectError(err().toFile());
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("MANY_MODELS_") || name.contains("JAVA_"));
    builder.environment().putAll(variables);
    try {
      Process started = builder.start();
      Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * How a process ended.
   *
   * @param exitCode 128 and the number of the signal when a signal ended it
   * @param complaints the lines on stderr
   */
  record Ended(int exitCode, List<String> complaints) {}

  /** Starts it and waits for its end. */
  Ended run() {
    return ended(start());
  }

  /** Waits for the end of the process that this has started. */
  Ended ended(Process process) {
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("it goes on: " + out() + ", " + err());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
    return new Ended(process.exitValue(), complaints());
  }

  /** What it has said on stderr so far. */
  List<String> complaints() {
    return read(err()).lines().toList();
  }

  /** What it has said on stdout so far. */
  String said() {
    return read(out());
  }

  private Path out() {
    return folder.resolve("serve.out");
  }

  private Path err() {
    return folder.resolve("serve.err");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
