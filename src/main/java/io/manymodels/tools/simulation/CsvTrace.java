package io.manymodels.tools.simulation;

import io.manymodels.model.TenantId;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a trace: {@code millis,tenant} in every line, no header, times that never decrease. Lines
 * may end by CR LF, and the last one by nothing.
 */
public final class CsvTrace {
  /** The largest time that also fits as nanoseconds: the year 2262, counted from 1970. */
  public static final long MAX_MILLIS = Long.MAX_VALUE / 1_000_000;

  private static final int MAX_LINE = TenantId.MAX_LENGTH + 32;
  private static final int MAX_DIGITS = 19;
  private static final int MAX_QUOTED = 40;
  private static final Pattern NUMBER = Pattern.compile("-?[0-9]+");

  private CsvTrace() {}

  /** The trace in the file, which it is named after. */
  public static Trace read(Path file) throws IOException, MalformedTraceException {
    try (Reader reader =
        new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8)) {
      return read(file.toString(), reader);
    }
  }

  /** The trace in the text; the reader is the caller's to close. */
  public static Trace read(String name, Reader reader) throws IOException, MalformedTraceException {
    BoundedLines lines = new BoundedLines(reader, MAX_LINE);
    TraceBuilder trace = new TraceBuilder();
    long number = 0;
    long before = 0;
    for (@Nullable String line = lines.read(); line != null; line = lines.read()) {
      number++;
      try {
        before = add(trace, line, before);
      } catch (IllegalArgumentException e) {
        throw new MalformedTraceException(name, number, String.valueOf(e.getMessage()));
      }
    }
    if (trace.isEmpty()) {
      throw new MalformedTraceException(name, 1, "the file is empty; expected millis,tenant");
    }
    return trace.build(name);
  }

  /** Adds the line's request and returns its time. */
  private static long add(TraceBuilder trace, String line, long before) {
    if (line.isEmpty()) {
      throw new IllegalArgumentException("a blank line; expected millis,tenant");
    }
    if (line.length() > MAX_LINE) {
      throw new IllegalArgumentException("longer than " + MAX_LINE + " characters");
    }
    int comma = line.indexOf(',');
    if (comma < 0) {
      throw new IllegalArgumentException(quoted(line) + " has no comma; expected millis,tenant");
    }
    long millis = millis(line.substring(0, comma));
    if (millis < before) {
      throw new IllegalArgumentException(
          "time " + millis + " is before " + before + " of the line above; times never decrease");
    }
    String tenant = line.substring(comma + 1);
    try {
      trace.add(millis, tenant);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "tenant " + quoted(tenant) + " is not valid: " + e.getMessage(), e);
    }
    return millis;
  }

  private static long millis(String text) {
    if (!NUMBER.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "time " + quoted(text) + " is not a number; expected whole milliseconds");
    }
    if (text.startsWith("-")) {
      throw new IllegalArgumentException("time " + quoted(text) + " is negative");
    }
    if (text.length() <= MAX_DIGITS) {
      try {
        long millis = Long.parseLong(text);
        if (millis <= MAX_MILLIS) {
          return millis;
        }
      } catch (NumberFormatException tooLarge) {
        // Said below.
      }
    }
    throw new IllegalArgumentException("time " + quoted(text) + " is more than " + MAX_MILLIS);
  }

  /** In one line of visible characters, whatever was in the file. */
  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("'");
    for (char c : text.substring(0, Math.min(MAX_QUOTED, text.length())).toCharArray()) {
      if (c >= ' ' && c <= '~') {
        quoted.append(c);
      } else {
        quoted.append(String.format("\\u%04x", (int) c));
      }
    }
    return quoted.append(text.length() > MAX_QUOTED ? "...'" : "'").toString();
  }
}
