package io.manymodels.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** What a class logs while a test runs, from INFO on. Thread-safe. */
public final class LogLines extends Handler implements AutoCloseable {
  private final Logger logger;
  private final List<LogRecord> records = new CopyOnWriteArrayList<>();

  private final String part;

  private LogLines(Logger logger, String part) {
    this.logger = logger;
    this.part = part;
  }

  /** Takes the lines that contain {@code part}, until it is closed. */
  public static LogLines of(Class<?> source, String part) {
    LogLines lines = new LogLines(Logger.getLogger(source.getName()), part);
    lines.logger.addHandler(lines);
    return lines;
  }

  @Override
  public void publish(LogRecord line) {
    if (line.getLevel().intValue() >= Level.INFO.intValue() && line.getMessage().contains(part)) {
      records.add(line);
    }
  }

  /** The messages so far. */
  public List<String> messages() {
    return records.stream().map(new SimpleFormatter()::formatMessage).toList();
  }

  /** Whether any of them has a stack trace. */
  public boolean hasStackTrace() {
    return records.stream().anyMatch(line -> line.getThrown() != null);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
  }
}
