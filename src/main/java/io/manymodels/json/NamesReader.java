package io.manymodels.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.manymodels.tensor.Outputs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads lists of names: of columns and of outputs. Stateless. */
final class NamesReader {
  private static final int MAX_OUTPUTS = 1_000;

  private NamesReader() {}

  /** Reads {@code "all"}, or the names of outputs. */
  static Outputs outputs(JsonParser json, String pointer, @Nullable JsonToken value)
      throws IOException {
    if (value == JsonToken.VALUE_STRING && json.getText().equals("all")) {
      return Outputs.ALL;
    }
    if (value != JsonToken.START_ARRAY) {
      throw JsonFaults.invalid(pointer, "expected \"all\" or an array of names");
    }
    List<String> names = names(json, pointer, value, MAX_OUTPUTS);
    if (names.isEmpty()) {
      throw JsonFaults.invalid(pointer, "expected at least one name, or \"all\"");
    }
    return new Outputs(false, names);
  }

  /** Reads an array of at most so many strings. */
  static List<String> names(JsonParser json, String pointer, @Nullable JsonToken value, int most)
      throws IOException {
    requireArray(pointer, value);
    List<String> names = new ArrayList<>();
    for (JsonToken token = json.nextToken();
        token != JsonToken.END_ARRAY;
        token = json.nextToken()) {
      if (token != JsonToken.VALUE_STRING) {
        throw JsonFaults.invalid(
            pointer + "/" + names.size(), "expected a string, got " + JsonFaults.kind(token));
      }
      add(names, json.getText(), pointer, most);
    }
    return names;
  }

  /**
   * Reads the names of a DataFrame's columns, as many as {@code most}. A whole number stands for
   * its digits. The list is empty when each is its own position: then they are none that anybody
   * gave, but what pandas has instead.
   */
  static List<String> labels(JsonParser json, String pointer, @Nullable JsonToken value, int most)
      throws IOException {
    requireArray(pointer, value);
    List<String> names = new ArrayList<>();
    boolean given = false;
    for (JsonToken token = json.nextToken();
        token != JsonToken.END_ARRAY;
        token = json.nextToken()) {
      if (token != JsonToken.VALUE_STRING && token != JsonToken.VALUE_NUMBER_INT) {
        throw JsonFaults.invalid(
            pointer + "/" + names.size(), "expected a string, got " + JsonFaults.kind(token));
      }
      String label = json.getText();
      given |= token == JsonToken.VALUE_STRING || !label.equals(Integer.toString(names.size()));
      add(names, label, pointer, most);
    }
    if (names.isEmpty()) {
      throw JsonFaults.invalid(pointer, "expected at least one name");
    }
    return given ? names : List.of();
  }

  private static void requireArray(String pointer, @Nullable JsonToken value) {
    if (value != JsonToken.START_ARRAY) {
      throw JsonFaults.invalid(
          pointer, "expected an array of strings, got " + JsonFaults.kind(value));
    }
  }

  private static void add(List<String> names, String name, String pointer, int most) {
    if (names.size() == most) {
      throw JsonFaults.tooLarge(pointer.substring(1) + ": at most " + most + " names are taken");
    }
    names.add(name);
  }
}
