package io.manymodels.adapter.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code name=value} with commas between, as OpenTelemetry's variables have it. Stateless. */
final class Pairs {
  private Pairs() {}

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException that names the variable, and no value, for one may be a secret
   */
  static Map<String, String> of(String variable, String text) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String pair : text.split(",", -1)) {
      int end = pair.indexOf('=');
      if (end > 0) {
        pairs.put(pair.substring(0, end).strip(), decoded(variable, pair.substring(end + 1)));
      } else if (!pair.isBlank()) {
        throw refused(variable);
      }
    }
    return pairs;
  }

  private static String decoded(String variable, String value) {
    try {
      return URLDecoder.decode(value.strip().replace("+", "%2B"), UTF_8);
    } catch (IllegalArgumentException e) {
      throw refused(variable);
    }
  }

  private static IllegalArgumentException refused(String variable) {
    return new IllegalArgumentException(
        variable + ": expected name=value with commas between, and values percent-encoded");
  }
}
