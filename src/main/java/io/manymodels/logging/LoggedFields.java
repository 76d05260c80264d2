package io.manymodels.logging;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/** An event with fields of its own, which are in its message, too. Not thread-safe. */
public final class LoggedFields extends LogRecord {
  private static final long serialVersionUID = 1L;

  private final transient Map<String, Object> fields;

  /**
   * Makes an event at {@code INFO}.
   *
   * @param message one line
   * @param fields texts and numbers, in their order
   */
  public LoggedFields(String logger, String message, Map<String, Object> fields) {
    super(Level.INFO, message);
    setLoggerName(logger);
    this.fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  Map<String, Object> fields() {
    return fields;
  }
}
