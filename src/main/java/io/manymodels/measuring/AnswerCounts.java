package io.manymodels.measuring;

import io.manymodels.model.ErrorCode;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Counts and times the answers of one protocol. Thread-safe; after the first answer of each kind it
 * takes no lock and allocates nothing.
 */
public final class AnswerCounts {
  private static final String OK = "ok";

  /** Statuses of one error code, of which there are few; further ones count as the last. */
  private static final int MOST = 16;

  private final Measurements measurements;
  private final String protocol;
  private final Timing duration;
  private final Count received;
  private final Count sent;

  private final AtomicReference<@Nullable Entry> ok = new AtomicReference<>();
  private final Map<ErrorCode, AtomicReference<@Nullable Entry>> failures =
      new EnumMap<>(ErrorCode.class);

  private record Entry(int status, Count count, int length, @Nullable Entry next) {}

  /**
   * @param protocol a word, the same in all processes
   */
  public AnswerCounts(Measurements measurements, String protocol) {
    this.measurements = measurements;
    this.protocol = protocol;
    this.duration = measurements.timing(Measure.REQUEST_SECONDS, protocol);
    this.received = measurements.count(Measure.RECEIVED_BYTES, protocol);
    this.sent = measurements.count(Measure.SENT_BYTES, protocol);
    for (ErrorCode code : ErrorCode.values()) {
      failures.put(code, new AtomicReference<>());
    }
  }

  /**
   * Counts an answer.
   *
   * @param status of HTTP, or the code of gRPC
   * @param error null without one
   */
  public void answered(int status, @Nullable ErrorCode error) {
    AtomicReference<@Nullable Entry> first = first(error);
    for (@Nullable Entry each = first.get(); each != null; each = each.next()) {
      if (each.status() == status) {
        each.count().increment();
        return;
      }
    }
    add(first, status, error).count().increment();
  }

  private AtomicReference<@Nullable Entry> first(@Nullable ErrorCode error) {
    return error == null ? ok : Objects.requireNonNull(failures.get(error));
  }

  private synchronized Entry add(
      AtomicReference<@Nullable Entry> first, int status, @Nullable ErrorCode error) {
    @Nullable Entry entries = first.get();
    for (@Nullable Entry each = entries; each != null; each = each.next()) {
      if (each.status() == status || each.length() == MOST) {
        return each;
      }
    }
    Count count =
        measurements.count(
            Measure.ANSWERS,
            protocol,
            String.valueOf(status),
            error == null ? OK : error.wireName());
    Entry added = new Entry(status, count, entries == null ? 1 : entries.length() + 1, entries);
    first.set(added);
    return added;
  }

  /** Times an answer, which was counted, too. */
  public void took(long nanos) {
    duration.record(nanos);
  }

  /** Counts the bytes of a request's body and of its answer's. */
  public void bytes(long ofRequest, long ofAnswer) {
    received.add(ofRequest);
    sent.add(ofAnswer);
  }
}
