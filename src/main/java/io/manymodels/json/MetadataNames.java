package io.manymodels.json;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.tensor.Naming;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The names in metadata that people write by hand. Stateless. */
final class MetadataNames {

  private MetadataNames() {}

  /** Throws {@link IllegalArgumentException} naming the key that is wrong. */
  static Naming read(@Nullable JsonNode columns, @Nullable Map<String, JsonNode> missing) {
    return new Naming(columns(columns), List.of(), substitutes(missing));
  }

  private static Map<String, List<String>> columns(@Nullable JsonNode columns) {
    Map<String, List<String>> byInput = new LinkedHashMap<>();
    if (columns == null || columns.isNull()) {
      return byInput;
    }
    if (columns.isArray()) {
      byInput.put(Naming.ONLY_MATRIX, names("columns", columns));
      return byInput;
    }
    if (!columns.isObject()) {
      throw new IllegalArgumentException(
          "key 'columns': expected a list of names, or an object with one for each input");
    }
    columns
        .properties()
        .forEach(
            field ->
                byInput.put(field.getKey(), names("columns." + field.getKey(), field.getValue())));
    return byInput;
  }

  private static List<String> names(String key, JsonNode list) {
    List<String> names = new ArrayList<>();
    for (JsonNode name : list) {
      if (!name.isTextual()) {
        throw new IllegalArgumentException("key '" + key + "': expected a list of names");
      }
      names.add(name.textValue());
    }
    if (!list.isArray() || names.isEmpty()) {
      throw new IllegalArgumentException("key '" + key + "': expected a list of names");
    }
    return names;
  }

  private static Map<String, String> substitutes(@Nullable Map<String, JsonNode> missing) {
    Map<String, String> texts = new LinkedHashMap<>();
    if (missing != null) {
      missing.forEach(
          (column, value) -> {
            if (!value.isTextual() && !value.isNumber() && !value.isBoolean()) {
              throw new IllegalArgumentException(
                  "key 'missing." + column + "': expected a text, a number or a boolean");
            }
            texts.put(column, value.asText());
          });
    }
    return texts;
  }
}
