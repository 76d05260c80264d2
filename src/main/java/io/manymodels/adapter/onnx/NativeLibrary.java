package io.manymodels.adapter.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import io.manymodels.inference.LoaderUnavailableException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * ONNX Runtime's native library, which ONNX Runtime unpacks into {@code java.io.tmpdir} and loads
 * when one of its classes is first used. Where that fails once it fails for good, because the class
 * is then unusable (JLS 12.4.2); so the reason is kept. Thread-safe.
 */
final class NativeLibrary {
  private static final String PATH_PROPERTY = "onnxruntime.native.path";
  private static final String TEMPORARY_PROPERTY = "java.io.tmpdir";

  /** What the dynamic linkers of Linux say; the former also where programs may not be run. */
  private static final Pattern NO_MEMORY =
      Pattern.compile("failed to map segment|[Cc]annot allocate memory|Out of memory");

  /** What {@link UnsatisfiedLinkError} says before the reason: the file, once or twice. */
  private static final Pattern FILE = Pattern.compile("^(?:\\S+(?:\\.so|\\.dylib|\\.dll): )+");

  private static @Nullable OrtEnvironment environment;
  private static @Nullable String failure;

  private NativeLibrary() {}

  /** Loads the library, unless it is loaded. */
  static synchronized OrtEnvironment load() {
    if (failure != null) {
      throw new LoaderUnavailableException(failure);
    }
    OrtEnvironment loaded = environment;
    if (loaded == null) {
      loaded = loadOnce();
      environment = loaded;
    }
    return loaded;
  }

  private static OrtEnvironment loadOnce() {
    AtomicReference<@Nullable Throwable> unpacking = new AtomicReference<>();
    // ONNX Runtime logs, with a stack trace, why it could not unpack its library, and then fails
    // for want of one.
    Logger log = Logger.getLogger("ai.onnxruntime.OnnxRuntime");
    log.setFilter(
        line -> {
          unpacking.compareAndSet(null, line.getThrown());
          return line.getThrown() == null;
        });
    try {
      // What goes wrong later is thrown; on standard error it would only be there a second time.
      OrtEnvironment loaded =
          OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "many-models");
      loaded.setTelemetry(false);
      return loaded;
    } catch (LinkageError | RuntimeException | OrtException e) {
      @Nullable Throwable first = unpacking.get();
      String message =
          message(
              first == null ? e : first,
              System.getProperty(PATH_PROPERTY),
              Path.of(System.getProperty(TEMPORARY_PROPERTY, "/tmp")));
      failure = message;
      throw new LoaderUnavailableException(message, e);
    } finally {
      log.setFilter(null);
    }
  }

  /**
   * One line: the folder, the reason, the remedy.
   *
   * @param named the folder that holds the library unpacked, if one is named
   * @param temporary where it is unpacked otherwise
   */
  static String message(Throwable failure, @Nullable String named, Path temporary) {
    Path folder = named == null ? temporary : Path.of(named);
    String reason = reason(failure);
    String remedy =
        named == null
            ? "name another folder by -D%s=FOLDER, or that of the unpacked library by -D%s=FOLDER"
                .formatted(TEMPORARY_PROPERTY, PATH_PROPERTY)
            : "name the folder of the library by -D%s=FOLDER, or none".formatted(PATH_PROPERTY);
    if (reason.startsWith("no onnxruntime") || reason.startsWith("Unsupported ")) {
      reason = "there is none for " + property("os.name") + " on " + property("os.arch");
      remedy = "name the folder of one by -D%s=FOLDER".formatted(PATH_PROPERTY);
    } else if (NO_MEMORY.matcher(reason).find()) {
      if (runsNothing(folder)) {
        reason = "no program may be run from there, its file system is mounted noexec";
      } else {
        reason += ", most likely for want of memory";
        remedy = "give the process more";
      }
    }
    return "ONNX Runtime's native library cannot be loaded from %s: %s; %s"
        .formatted(folder, reason, remedy);
  }

  private static String property(String name) {
    return System.getProperty(name, "an unknown system");
  }

  private static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof NoSuchFileException) {
      return "the folder does not exist";
    }
    if (cause instanceof AccessDeniedException) {
      return "no file may be written there";
    }
    @Nullable String said =
        cause instanceof FileSystemException file ? file.getReason() : cause.getMessage();
    return said == null
        ? cause.getClass().getSimpleName()
        : FILE.matcher(said.strip().replaceAll("\\s+", " ")).replaceFirst("");
  }

  /** Whether no file in the folder is executable whatever its permissions are. */
  private static boolean runsNothing(Path folder) {
    try {
      Path program = Files.createTempFile(folder, "many-models-", ".run");
      try {
        return program.toFile().setExecutable(true) && !Files.isExecutable(program);
      } finally {
        Files.deleteIfExists(program);
      }
    } catch (IOException e) {
      return false;
    }
  }
}
