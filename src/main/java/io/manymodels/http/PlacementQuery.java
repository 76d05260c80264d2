package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.application.DecisionsQuestion;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementHistory;
import java.net.URLDecoder;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The parameters of GET /placement. Stateless. */
final class PlacementQuery {
  private static final int DEFAULT_LIMIT = 1_000;
  private static final int MAX_ECHO = 100;
  private static final String SINCE_RANGE =
      "a sequence number of 0 or more, or an instant such as 2030-01-31T12:00:00Z";
  private static final String LIMIT_RANGE =
      "a whole number from 1 to " + PlacementHistory.MAX_EVENTS;

  private PlacementQuery() {}

  /** The tenant of a path. Throws {@link ServingException} with {@code INVALID_INPUT}. */
  static TenantId tenant(String segment) {
    try {
      return new TenantId(segment);
    } catch (IllegalArgumentException e) {
      throw new ServingException(ErrorCode.INVALID_INPUT, String.valueOf(e.getMessage()));
    }
  }

  /** Throws {@link ServingException} with {@code INVALID_INPUT}: key, value and allowed range. */
  static DecisionsQuestion decisions(String query) {
    SortedMap<String, String> values = values(query);
    String since = values.getOrDefault("since", "0");
    int limit = limit(values.get("limit"));
    return since.matches("[0-9]{1,18}")
        ? new DecisionsQuestion(Long.parseLong(since), Optional.empty(), limit)
        : new DecisionsQuestion(0, Optional.of(instant(since)), limit);
  }

  private static SortedMap<String, String> values(String query) {
    SortedMap<String, String> values = new TreeMap<>();
    for (String part : query.split("&", -1)) {
      if (part.isEmpty()) {
        continue;
      }
      int equals = part.indexOf('=');
      String key = decode(equals < 0 ? part : part.substring(0, equals));
      String value = equals < 0 ? "" : decode(part.substring(equals + 1));
      if (!key.equals("since") && !key.equals("limit")) {
        throw wrong(key, value, "no such key; allowed are since and limit");
      }
      if (values.put(key, value) != null) {
        throw wrong(key, value, "the key is there twice");
      }
    }
    return values;
  }

  /** A plus is a plus here, as in an instant's offset, and no blank as in a form. */
  private static String decode(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ServingException(
          ErrorCode.INVALID_INPUT, "the query has a % that is not followed by two hex digits");
    }
  }

  private static int limit(@Nullable String text) {
    if (text == null) {
      return DEFAULT_LIMIT;
    }
    int limit = text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
    if (limit < 1 || limit > PlacementHistory.MAX_EVENTS) {
      throw wrong("limit", text, "expected " + LIMIT_RANGE);
    }
    return limit;
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw wrong("since", text, "expected " + SINCE_RANGE);
    }
  }

  private static ServingException wrong(String key, String value, String why) {
    return new ServingException(
        ErrorCode.INVALID_INPUT,
        "query key '" + shortened(key) + "' with value '" + shortened(value) + "': " + why);
  }

  private static String shortened(String text) {
    return text.length() <= MAX_ECHO ? text : text.substring(0, MAX_ECHO) + "...";
  }
}
