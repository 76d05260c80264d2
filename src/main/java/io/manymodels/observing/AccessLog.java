package io.manymodels.observing;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.logging.LoggedFields;
import io.manymodels.threads.DaemonLoop;
import io.manymodels.tracing.Span;
import io.manymodels.tracing.TraceContext;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A line in the log for a share of the requests, chosen at random. Lines wait for a thread that
 * writes them; one that finds too many waiting is dropped and counted. Thread-safe.
 */
final class AccessLog implements AutoCloseable {
  static final String NAME = "io.manymodels.access-log";
  private static final System.Logger LOG = System.getLogger(AccessLog.class.getName());
  private static final int WAITING = 4_096;
  private static final int MAX_PATH = 256;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double TENTHS = 10;

  private final double share;
  private final Consumer<LogRecord> out;
  private final BlockingQueue<Line> waiting = new ArrayBlockingQueue<>(WAITING);
  private final AtomicLong dropped = new AtomicLong();
  private final CountDownLatch closed = new CountDownLatch(1);
  private long told;

  /**
   * Begins to write.
   *
   * @param share of the requests, in 0..1
   */
  AccessLog(double share, Consumer<LogRecord> out) {
    this.share = share;
    this.out = out;
    DaemonLoop.start("access-log", closed, this::writeNext);
  }

  /** The one that the environment asks for; null for none. */
  static @Nullable AccessLog from(Environment environment) {
    double share = environment.fraction(Setting.ACCESS_LOG);
    return share == 0 ? null : new AccessLog(share, Logger.getLogger(NAME)::log);
  }

  /** A request that has been answered. */
  record Line(
      Observed.Request request,
      Span span,
      String caller,
      String tenant,
      int status,
      String code,
      long nanos,
      long bytes) {}

  /** Whether the next request is to have a line. */
  boolean wants() {
    return share >= 1 || ThreadLocalRandom.current().nextDouble() < share;
  }

  /** Has a line written soon, or drops it. Never waits. */
  void add(Line line) {
    if (!waiting.offer(line)) {
      dropped.incrementAndGet();
    }
  }

  /** Lines that found too many others waiting. */
  long dropped() {
    return dropped.get();
  }

  private void writeNext() throws InterruptedException {
    @Nullable Line line = waiting.poll(1, TimeUnit.SECONDS);
    if (line == null) {
      tellOfDrops();
    } else {
      out.accept(logged(line));
    }
  }

  private void tellOfDrops() {
    long now = dropped.get();
    if (now > told) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} lines were dropped: the log is not written fast enough",
          String.valueOf(now - told));
      told = now;
    }
  }

  private static LoggedFields logged(Line line) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("protocol", line.request().protocol());
    fields.put("method", plain(line.request().method()));
    fields.put("path", plain(line.request().path()));
    fields.put("status", line.status());
    put(fields, "code", line.code());
    fields.put("duration_ms", Math.round(line.nanos() / NANOS_PER_MILLI * TENTHS) / TENTHS);
    if (line.bytes() >= 0) {
      fields.put("bytes", line.bytes());
    }
    put(fields, "tenant", line.tenant());
    put(fields, "caller", plain(line.caller()));
    fields.put("request_id", line.request().id());
    @Nullable TraceContext trace = line.span().context();
    put(fields, "trace_id", trace == null ? "" : trace.traceId());
    StringBuilder message = new StringBuilder("request");
    fields.forEach((name, value) -> message.append(' ').append(name).append('=').append(value));
    return new LoggedFields(NAME, message.toString(), fields);
  }

  private static void put(Map<String, Object> fields, String name, String value) {
    if (!value.isEmpty()) {
      fields.put(name, value);
    }
  }

  /** Bounded, and without what would make two fields or lines of it. */
  private static String plain(String text) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), MAX_PATH); i++) {
      char character = text.charAt(i);
      if (character > ' ' && character <= '~') {
        plain.append(character);
      } else {
        plain.append(String.format("%%u%04x", (int) character));
      }
    }
    return plain.toString();
  }

  /** Ends when the line that is being written is; the others are dropped. */
  @Override
  public void close() {
    closed.countDown();
  }
}
