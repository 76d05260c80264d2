package io.manymodels.bench;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What came of a command. Not thread-safe. */
final class Seen {
  private static final byte[] OVERFLOW = "Deploymentx".getBytes(StandardCharsets.US_ASCII);
  private static final String NOBODY = "-";
  private static final int OK = 200;

  private final Histogram latencies = new Histogram();
  private final Histogram lateness = new Histogram();
  private final Histogram refusals = new Histogram();
  private final List<byte[]> names = new ArrayList<>();
  private final List<Sent> sent = new ArrayList<>();
  private final boolean keep;
  private long hits;
  private long errors;
  private String firstError = "";

  /** {@code keep}: whether each request is remembered. */
  Seen(boolean keep) {
    this.keep = keep;
  }

  /** A request; {@code number} is its place in the order of sending. */
  private record Sent(long number, int millis, String label, int status, String name) {}

  long errors() {
    return errors;
  }

  void late(long nanos) {
    lateness.record(nanos);
  }

  /** A right answer, in which the name of who gave it is so long. */
  void right(Connection connection, long nanos, int length) {
    byte[] bytes = connection.bytes();
    int from = connection.bodyStart() + connection.asked.head().length;
    latencies.record(nanos);
    boolean hit = length > 0 && !equal(OVERFLOW, bytes, from, length);
    hits += hit ? 1 : 0;
    if (keep) {
      String name = new String(name(bytes, from, length), StandardCharsets.US_ASCII);
      sent.add(
          new Sent(connection.number, connection.sentMillis, connection.asked.label(), OK, name));
    }
  }

  /** An answer that there are too many requests. */
  void refused(long nanos) {
    refusals.record(nanos);
  }

  void wrong(Connection connection, int status, String text) {
    if (keep) {
      sent.add(
          new Sent(
              connection.number, connection.sentMillis, connection.asked.label(), status, NOBODY));
    }
    if (errors++ == 0) {
      firstError = connection.asked.label() + ": " + text;
    }
  }

  /** The same array for the same name. */
  private byte[] name(byte[] bytes, int from, int length) {
    for (byte[] name : names) {
      if (equal(name, bytes, from, length)) {
        return name;
      }
    }
    byte[] fresh = Arrays.copyOfRange(bytes, from, from + length);
    names.add(fresh);
    return fresh;
  }

  private static boolean equal(byte[] name, byte[] bytes, int from, int length) {
    return Arrays.equals(bytes, from, from + length, name, 0, name.length);
  }

  /** A line {@code millis,label,status,name} for each request in the order of sending. */
  void write(Path file) throws IOException {
    sent.sort(Comparator.comparingLong(Sent::number));
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (Sent one : sent) {
        out.write(one.millis + "," + one.label + "," + one.status + "," + one.name + "\n");
      }
    }
  }

  /** One line; {@code unanswered} arrivals are in no other figure. */
  String json(double seconds, long unanswered) {
    return String.format(
        Locale.ROOT,
        "{\"seconds\":%.4f,\"requests\":%d,\"hits\":%d,\"errors\":%d,\"unanswered\":%d,"
            + "\"rate\":%.2f,\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,"
            + "\"max_us\":%.1f,\"late_us\":%.1f,\"refused\":%d,\"refused_p50_us\":%.1f,"
            + "\"refused_p99_us\":%.1f,\"first_error\":\"%s\"}",
        seconds,
        latencies.count(),
        hits,
        errors,
        unanswered,
        latencies.count() / seconds,
        latencies.quantile(0.5) / 1e3,
        latencies.quantile(0.9) / 1e3,
        latencies.quantile(0.99) / 1e3,
        latencies.quantile(0.999) / 1e3,
        latencies.max() / 1e3,
        lateness.quantile(0.5) / 1e3,
        refusals.count(),
        refusals.quantile(0.5) / 1e3,
        refusals.quantile(0.99) / 1e3,
        firstError.replaceAll("[^\\x20-\\x7e]|[\"\\\\]", "."));
  }
}
