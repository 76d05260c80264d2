package io.manymodels.protocol.v2;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.manymodels.json.ElementsReader;
import io.manymodels.json.JsonFaults;
import io.manymodels.model.ServingException;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads members of a request by what they may hold. Each method throws {@code INVALID_INPUT} with a
 * pointer to the place. For one document.
 */
final class MembersReader {
  private static final int MAX_SHAPE = 64;

  private final JsonParser json;
  private final ElementsReader elements;

  MembersReader(JsonParser json, ElementsReader elements) {
    this.json = json;
    this.elements = elements;
  }

  /** Reads an entry of an array. */
  interface EntryReader {
    /** Reads the object whose start has been read. */
    void read(int index) throws IOException;
  }

  /** Takes parameters. */
  interface ParameterReader {
    /** Takes one: a {@link Boolean}, a {@link Double} or a {@link String}. */
    void read(String key, Object value);
  }

  /** Reads an array of objects; null is an empty one. */
  void eachOf(String pointer, JsonToken value, EntryReader entry) throws IOException {
    if (value == JsonToken.VALUE_NULL) {
      return;
    }
    require(pointer, "an array", JsonToken.START_ARRAY, value);
    int index = 0;
    for (JsonToken token = json.nextToken();
        token != JsonToken.END_ARRAY;
        token = json.nextToken()) {
      if (token != JsonToken.START_OBJECT) {
        throw expected(pointer + "/" + index, "an object", token);
      }
      entry.read(index++);
    }
  }

  /** Reads an array of whole numbers. */
  long[] shape(String pointer, JsonToken value) throws IOException {
    require(pointer, "an array of whole numbers", JsonToken.START_ARRAY, value);
    long[] shape = new long[MAX_SHAPE];
    int rank = 0;
    for (JsonToken token = json.nextToken();
        token != JsonToken.END_ARRAY;
        token = json.nextToken()) {
      if (token != JsonToken.VALUE_NUMBER_INT) {
        throw expected(pointer + "/" + rank, "a whole number", token);
      }
      if (rank == MAX_SHAPE) {
        throw JsonFaults.invalid(pointer, "a tensor has not so many dimensions");
      }
      if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
        throw JsonFaults.invalid(pointer + "/" + rank, "more elements than any tensor has");
      }
      shape[rank++] = json.getLongValue();
    }
    return Arrays.copyOf(shape, rank);
  }

  /** Reads parameters; of those that are no scalar nothing is read. */
  void parameters(String pointer, JsonToken value, ParameterReader reader) throws IOException {
    if (value == JsonToken.VALUE_NULL) {
      return;
    }
    require(pointer, "an object", JsonToken.START_OBJECT, value);
    for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
      JsonToken token = json.nextToken();
      @Nullable Object read =
          switch (token) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> json.getDoubleValue();
            case VALUE_STRING -> json.getText();
            default -> null;
          };
      json.skipChildren();
      if (read != null) {
        InferParameters.check(key, read);
        reader.read(key, read);
      }
    }
  }

  /** Reads a text, or null. */
  @Nullable String text(String pointer, JsonToken value) throws IOException {
    if (value == JsonToken.VALUE_NULL) {
      return null;
    }
    require(pointer, "a string", JsonToken.VALUE_STRING, value);
    return elements.text(() -> pointer);
  }

  /** Throws unless the token is the one that is expected. */
  static void require(String pointer, String expected, JsonToken token, @Nullable JsonToken got) {
    if (got != token) {
      throw expected(pointer, expected, got);
    }
  }

  private static ServingException expected(
      String pointer, String expected, @Nullable JsonToken got) {
    return JsonFaults.invalid(pointer, "expected " + expected + ", got " + JsonFaults.kind(got));
  }
}
