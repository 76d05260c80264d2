package io.manymodels.logging;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Properties;
import java.util.logging.ConsoleHandler;
import java.util.logging.Level;
import java.util.logging.LogManager;

/** Levels and format of {@code java.util.logging}; a format that is a system property wins. */
public final class LogSettings {
  private static final String CLASS = "java.util.logging.config.class";
  private static final String FILE = "java.util.logging.config.file";

  /** The SDKs tell every call to a store at INFO. */
  private static final List<String> LIBRARIES =
      List.of(
          "com.azure",
          "com.microsoft",
          "io.grpc",
          "io.netty",
          "io.opentelemetry",
          "reactor",
          "redis.clients");

  /** Its server tells at WARNING, and with a stack trace, of what a client did wrong. */
  private static final List<String> CLIENTS_FAULTS =
      List.of("io.grpc.netty.NettyServerStream", "io.grpc.netty.NettyServerHandler");

  /** One line a record, as Ray's own logs have it: time, level, class, message. */
  private static final String FORMAT = "%1$tFT%1$tT.%1$tL-%4$s-%3$s-%5$s%6$s%n";

  private LogSettings() {}

  /**
   * Makes this the log of the JVM unless the user has named another in the system properties. To be
   * called before anything is logged: the first logger reads the properties.
   *
   * @param log {@link ServerLog} or {@link CommandLog}
   */
  public static void choose(Class<?> log, Properties system) {
    if (system.getProperty(FILE) == null) {
      system.putIfAbsent(CLASS, log.getName());
    }
  }

  /**
   * Whether lines are to be JSON. A value that is not allowed is refused where it is read again.
   */
  private static boolean isJson(Environment environment) {
    try {
      return environment.required(Setting.LOG).equals("json");
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Everything from INFO on goes to stderr; of libraries everything from the level on. */
  static void apply(Level libraries) throws IOException {
    apply(libraries, Environment.ofProcess());
  }

  /** As the other, with the form of lines that the environment asks for. */
  static void apply(Level libraries, Environment environment) throws IOException {
    Properties settings = new Properties();
    settings.setProperty("handlers", ConsoleHandler.class.getName());
    if (isJson(environment)) {
      settings.setProperty(
          ConsoleHandler.class.getName() + ".formatter", JsonLines.class.getName());
    }
    settings.setProperty(".level", Level.INFO.getName());
    settings.setProperty("java.util.logging.SimpleFormatter.format", FORMAT);
    for (String library : LIBRARIES) {
      settings.setProperty(library + ".level", libraries.getName());
    }
    for (String of : CLIENTS_FAULTS) {
      settings.setProperty(of + ".level", Level.SEVERE.getName());
    }
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    settings.store(text, null);
    LogManager.getLogManager().readConfiguration(new ByteArrayInputStream(text.toByteArray()));
  }
}
