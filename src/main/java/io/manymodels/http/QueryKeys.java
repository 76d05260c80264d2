package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.net.URLDecoder;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The keys of a query. What is wrong is {@code INVALID_INPUT}: key, value and range. Stateless. */
final class QueryKeys {
  private static final int MAX_ECHO = 100;

  private QueryKeys() {}

  /**
   * The values by their keys, each of which is there once.
   *
   * @param allowed keys, in the order in which a message names them
   */
  static SortedMap<String, String> values(String query, List<String> allowed) {
    SortedMap<String, String> values = new TreeMap<>();
    for (String part : query.split("&", -1)) {
      if (part.isEmpty()) {
        continue;
      }
      int equals = part.indexOf('=');
      String key = decode(equals < 0 ? part : part.substring(0, equals));
      String value = equals < 0 ? "" : decode(part.substring(equals + 1));
      if (!allowed.contains(key)) {
        throw wrong(key, value, "no such key; allowed are " + String.join(" and ", allowed));
      }
      if (values.put(key, value) != null) {
        throw wrong(key, value, "the key is there twice");
      }
    }
    return values;
  }

  /** The value of one key, whatever else there is; null when it is not there. */
  static @Nullable String value(String query, String key) {
    for (String part : query.split("&", -1)) {
      if (part.startsWith(key + "=")) {
        return decode(part.substring(key.length() + 1));
      }
    }
    return null;
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

  /** The key {@code limit}: a whole number from 1 to {@code most}. */
  static int limit(@Nullable String text, int byDefault, int most) {
    if (text == null) {
      return byDefault;
    }
    int limit = text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
    if (limit < 1 || limit > most) {
      throw wrong("limit", text, "expected a whole number from 1 to " + most);
    }
    return limit;
  }

  static ServingException wrong(String key, String value, String why) {
    return new ServingException(
        ErrorCode.INVALID_INPUT,
        "query key '" + shortened(key) + "' with value '" + shortened(value) + "': " + why);
  }

  private static String shortened(String text) {
    return text.length() <= MAX_ECHO ? text : text.substring(0, MAX_ECHO) + "...";
  }
}
