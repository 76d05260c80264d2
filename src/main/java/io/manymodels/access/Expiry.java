package io.manymodels.access;

import io.manymodels.time.Ticker;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** When a caller's rights end, if they do. */
record Expiry(@Nullable Instant at) {
  static final Expiry NEVER = new Expiry(null);

  /**
   * Reads a day, whose beginning in UTC it is, or an instant; null is never.
   *
   * @throws IllegalArgumentException for any other text
   */
  static Expiry of(@Nullable String text) {
    if (text == null) {
      return NEVER;
    }
    try {
      return new Expiry(
          text.contains("T")
              ? Instant.parse(text)
              : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant());
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "key 'expires': '" + text + "' is neither 2027-01-31 nor 2027-01-31T12:00:00Z", e);
    }
  }

  boolean passed(Ticker ticker) {
    return at != null && !ticker.now().isBefore(at);
  }

  /** This moment or that one, whichever comes first. */
  Instant earlier(Instant other) {
    return at != null && at.isBefore(other) ? at : other;
  }
}
