package io.manymodels.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Rows;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rows that a model answers, as its publisher gives them.
 *
 * @param text the rows as JSON, in one of the forms of {@code POST /score}
 * @param rows the same
 * @param columns the names of their columns; empty when they have none
 */
public record ExampleJson(String text, Rows rows, List<String> columns) {
  /** The longest text, in bytes of UTF-8. */
  public static final int MAX_BYTES = 512 << 10;

  /** The longest text of which the first rows are taken, in bytes of UTF-8. */
  public static final int MAX_FILE_BYTES = 8 << 20;

  /** Rows that are kept; the others are cut off. */
  public static final int MAX_ROWS = 10;

  private static final String FORMS =
      "expected the rows as in a request: data, columns and data, records, or inputs; or an input"
          + " example of MLflow";

  /** Of a request, or of MLflow, that say nothing of the rows. */
  private static final Set<String> PASSED_OVER = Set.of("tenant", "outputs", "index", "params");

  private static final Set<String> SPLIT = Set.of("columns", "data");

  /**
   * Reads the rows of a request, or an input example as MLflow stores it.
   *
   * @throws IllegalArgumentException with one line for the person who wrote the text
   */
  public static ExampleJson read(String text) {
    if (text.getBytes(StandardCharsets.UTF_8).length > MAX_FILE_BYTES) {
      throw new IllegalArgumentException(
          "it is larger than " + MAX_FILE_BYTES + " bytes; one row is enough");
    }
    try {
      JsonNode root =
          Json.mapper()
              .reader()
              .with(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS.mappedFeature())
              .readTree(text);
      return stored(finite(cut(rows(root))));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(Json.complaint(e), e);
    }
  }

  /**
   * The example of metadata, which is in one of the forms of {@code POST /score}.
   *
   * @throws IllegalArgumentException with one line that says what is wrong
   */
  static ExampleJson stored(JsonNode rows) {
    String text = rows.toString();
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "an example of "
              + bytes
              + " bytes is too large; at most "
              + MAX_BYTES
              + " are taken, and one row is enough");
    }
    try {
      return new ExampleJson(text, RowsJson.read(text), columns(rows));
    } catch (ServingException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static List<String> columns(JsonNode rows) {
    List<String> columns = new ArrayList<>();
    if (rows.has("columns")) {
      rows.get("columns").forEach(name -> columns.add(name.asText()));
    } else if (rows.path("records").path(0).isObject()) {
      rows.get("records").get(0).fieldNames().forEachRemaining(columns::add);
    }
    return List.copyOf(columns);
  }

  /** The rows in one of our forms. */
  private static JsonNode rows(@Nullable JsonNode root) {
    if (root == null || root.isMissingNode()) {
      throw new IllegalArgumentException("it is empty; " + FORMS);
    }
    if (root.isArray()) {
      return list(root);
    }
    if (!root.isObject()) {
      throw new IllegalArgumentException(FORMS);
    }
    ObjectNode said = ((ObjectNode) root).deepCopy().remove(PASSED_OVER);
    Set<String> keys = Set.copyOf(fieldNames(said));
    if (keys.equals(SPLIT) || keys.equals(Set.of("data")) || keys.equals(Set.of("records"))) {
      return said;
    }
    if (keys.size() == 1) {
      String key = keys.iterator().next();
      JsonNode value = said.get(key);
      switch (key) {
        case "dataframe_split" -> {
          return rows(value);
        }
        case "dataframe_records", "instances" -> {
          return list(value);
        }
        case "inputs" -> {
          return value.isObject() ? said : list(value);
        }
        default -> {
          // Told below.
        }
      }
    }
    throw new IllegalArgumentException(
        FORMS
            + "; got the keys "
            + fieldNames(said).stream().limit(MAX_ROWS).map(JsonComplaint::shortened).toList());
  }

  private static ObjectNode list(JsonNode rows) {
    ObjectNode named = Json.mapper().createObjectNode();
    named.set(rows.path(0).isObject() ? "records" : "data", rows);
    return named;
  }

  /** The first rows; text that is no rows is left for whoever reads it. */
  private static JsonNode cut(JsonNode rows) {
    for (String key : List.of("data", "records")) {
      if (rows.get(key) instanceof ArrayNode all) {
        cut(all);
      }
    }
    if (rows.get("inputs") instanceof ObjectNode inputs) {
      for (JsonNode input : inputs) {
        if (input instanceof ArrayNode all) {
          cut(all);
        }
      }
    }
    return rows;
  }

  private static void cut(ArrayNode rows) {
    while (rows.size() > MAX_ROWS) {
      rows.remove(rows.size() - 1);
    }
  }

  /** With null where Python wrote NaN for a missing value. */
  private static JsonNode finite(JsonNode node) {
    if (node instanceof ObjectNode fields) {
      fields.properties().forEach(field -> field.setValue(finite(field.getValue())));
    } else if (node instanceof ArrayNode items) {
      for (int i = 0; i < items.size(); i++) {
        items.set(i, finite(items.get(i)));
      }
    } else if (node.isDouble() && !Double.isFinite(node.doubleValue())) {
      if (Double.isNaN(node.doubleValue())) {
        return NullNode.getInstance();
      }
      throw new IllegalArgumentException("a number in it is not finite, which JSON cannot carry");
    }
    return node;
  }

  private static List<String> fieldNames(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
