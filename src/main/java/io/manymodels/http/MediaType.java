package io.manymodels.http;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the header Content-Type says of a body (RFC 9110, 8.3.1).
 *
 * @param name as {@code text/csv}, in lower case; empty without the header
 * @param parameters by their names in lower case
 */
public record MediaType(String name, Map<String, String> parameters) {
  /** Of JSON. */
  public static final String JSON = "application/json";

  private static final String CHARSET = "charset";
  private static final String UTF_8 = "utf-8";

  public MediaType {
    parameters = Map.copyOf(parameters);
  }

  /** That of the request's body. Throws {@code UNSUPPORTED_MEDIA_TYPE} when the header is empty. */
  public static MediaType of(IngressRequest request) {
    Optional<String> header = request.header("content-type");
    MediaType type = parse(header.orElse(""));
    if (header.isPresent() && type.name().isEmpty()) {
      throw unsupported("the content type is empty");
    }
    return type;
  }

  static MediaType parse(String header) {
    String[] parts = header.split(";", -1);
    Map<String, String> parameters = new TreeMap<>();
    for (int i = 1; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      if (equals >= 0) {
        parameters.put(
            parts[i].substring(0, equals).strip().toLowerCase(Locale.ROOT),
            unquoted(parts[i].substring(equals + 1).strip()));
      }
    }
    return new MediaType(parts[0].strip().toLowerCase(Locale.ROOT), parameters);
  }

  private static String unquoted(String value) {
    boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
    return quoted ? value.substring(1, value.length() - 1) : value;
  }

  /** Throws {@code UNSUPPORTED_MEDIA_TYPE} unless it is JSON, or nothing is said of it. */
  public void requireJson() {
    if (!name.isEmpty() && !name.equals(JSON)) {
      throw unsupported("the content type must be application/json");
    }
  }

  /** Throws {@code UNSUPPORTED_MEDIA_TYPE} when it has a parameter but the charset UTF-8. */
  public void requireUtf8Only() {
    if (!parameters.getOrDefault(CHARSET, UTF_8).equalsIgnoreCase(UTF_8)) {
      throw unsupported("the charset must be utf-8");
    }
    if (!Set.of(CHARSET).containsAll(parameters.keySet())) {
      throw unsupported("the content type may have the parameter charset and no other");
    }
  }

  private static ServingException unsupported(String detail) {
    return new ServingException(ErrorCode.UNSUPPORTED_MEDIA_TYPE, detail);
  }
}
