package io.manymodels.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What scikit-learn predicts for the sample tenants: rows, and the right answers to them. */
final class Expected {
  private static final String RESOURCE = "/expected_predictions.json";
  private static final JsonNode ALL = read();
  private static final double TOLERANCE = ALL.path("tolerance").asDouble();

  private Expected() {}

  private static JsonNode read() {
    try (InputStream in = Objects.requireNonNull(Expected.class.getResourceAsStream(RESOURCE))) {
      return Answer.JSON.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(RESOURCE, e);
    }
  }

  /** The sample tenants. */
  static List<String> tenants() {
    List<String> names = new ArrayList<>();
    ALL.path("tenants").fieldNames().forEachRemaining(names::add);
    return names;
  }

  static JsonNode tenant(String tenant) {
    return ALL.path("tenants").required(tenant);
  }

  /** All rows of a tenant. */
  static ArrayNode rows(String tenant) {
    return (ArrayNode) tenant(tenant).required("rows");
  }

  /** One row, in a list as a request has it. */
  static ArrayNode row(String tenant, int index) {
    return Answer.JSON.createArrayNode().add(rows(tenant).get(index % rows(tenant).size()));
  }

  /** The first row again and again. */
  static ArrayNode manyRows(String tenant, int count) {
    ArrayNode many = Answer.JSON.createArrayNode();
    for (int i = 0; i < count; i++) {
      many.add(rows(tenant).get(0));
    }
    return many;
  }

  /** The fault of an answer 200 to all rows of the tenant; empty when there is none. */
  static Optional<String> complaint(String tenant, JsonNode answer) {
    return complaint(tenant, answer, tenant(tenant).required("predictions"));
  }

  /** The same for an answer to the one row. */
  static Optional<String> complaint(String tenant, JsonNode answer, int row) {
    JsonNode predictions = tenant(tenant).required("predictions");
    return complaint(
        tenant,
        answer,
        Answer.JSON.createArrayNode().add(predictions.get(row % predictions.size())));
  }

  private static Optional<String> complaint(String tenant, JsonNode answer, JsonNode expected) {
    if (!answer.path("model").asText().equals(tenant)) {
      return Optional.of("another tenant's model answered " + tenant + ": " + answer);
    }
    if (answer.path("version").asInt() != tenant(tenant).path("live_version").asInt()) {
      return Optional.of("another version of " + tenant + " answered: " + answer);
    }
    return matches(answer.path("prediction"), expected)
        ? Optional.empty()
        : Optional.of("wrong prediction of " + tenant + ": " + answer + ", expected " + expected);
  }

  private static boolean matches(JsonNode got, JsonNode expected) {
    if (expected.isArray()) {
      if (!got.isArray() || got.size() != expected.size()) {
        return false;
      }
      for (int i = 0; i < expected.size(); i++) {
        if (!matches(got.get(i), expected.get(i))) {
          return false;
        }
      }
      return true;
    }
    if (expected.isFloatingPointNumber()) {
      return got.isNumber() && Math.abs(got.asDouble() - expected.asDouble()) <= TOLERANCE;
    }
    return expected.isIntegralNumber()
        ? got.isIntegralNumber() && got.asLong() == expected.asLong()
        : got.equals(expected);
  }
}
