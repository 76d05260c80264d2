package io.manymodels.http;

import io.manymodels.time.Ticker;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** The Date header (RFC 9110, 6.6.1), written once a second. Thread-safe. */
final class HttpDate {
  private record Written(long second, String text) {}

  private static volatile Written last = new Written(0, "");

  private HttpDate() {}

  static String now() {
    Instant now = Ticker.SYSTEM.now();
    Written written = last;
    if (written.second() != now.getEpochSecond()) {
      written =
          new Written(
              now.getEpochSecond(),
              DateTimeFormatter.RFC_1123_DATE_TIME.format(now.atOffset(ZoneOffset.UTC)));
      last = written;
    }
    return written.text();
  }
}
