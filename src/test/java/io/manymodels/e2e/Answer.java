package io.manymodels.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An HTTP answer as a client sees it.
 *
 * @param headers by lower-case name
 */
record Answer(int status, Map<String, String> headers, String body) {
  static final ObjectMapper JSON = new ObjectMapper();

  static Answer of(HttpResponse<String> response) {
    Map<String, String> headers = new TreeMap<>();
    response
        .headers()
        .map()
        .forEach(
            (name, values) ->
                headers.put(name.toLowerCase(Locale.ROOT), String.join(", ", values)));
    return new Answer(response.statusCode(), headers, response.body());
  }

  /** JSON of a test's own. */
  static JsonNode read(String json) {
    return new Answer(200, Map.of(), json).json();
  }

  Optional<String> header(String lowerCaseName) {
    return Optional.ofNullable(headers.get(lowerCaseName));
  }

  /** The body as JSON; fails with the whole answer when it is none. */
  JsonNode json() {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      throw new AssertionError("not JSON: " + this, e);
    }
  }

  /** The body of an answer that must be 200. */
  JsonNode ok() {
    if (status != 200) {
      throw new AssertionError("expected 200: " + this);
    }
    return json();
  }

  /** The pointers of a problem's errors, in their order. */
  List<String> pointers() {
    return json().path("errors").findValuesAsText("pointer");
  }
}
