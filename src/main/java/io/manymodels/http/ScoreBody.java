package io.manymodels.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.inference.FeatureRows;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The body of POST /score, read in one pass straight into the array that goes to the model. Keys
 * other than {@code tenant} and {@code data} are passed over, as clients of later versions may send
 * them. Thread-confined.
 */
final class ScoreBody {
  private final DispatcherConfig limits;
  private @Nullable TenantId tenant;
  private double[] values = new double[64];
  private int size;
  private int rowCount;
  private int width;
  private @Nullable Violation ragged;

  private ScoreBody(DispatcherConfig limits) {
    this.limits = limits;
  }

  /** The request of a client. */
  record Parsed(TenantId tenant, FeatureRows rows) {}

  /**
   * Reads a body.
   *
   * @throws ServingException {@code INVALID_INPUT}, {@code PAYLOAD_TOO_LARGE} or {@code
   *     INPUT_MISMATCH}, with a pointer to the place
   */
  static Parsed parse(Body body, DispatcherConfig limits) {
    try (JsonParser json = body.parser()) {
      return new ScoreBody(limits).read(json);
    } catch (StreamConstraintsException e) {
      throw invalid("", "the JSON is nested too deep, or a number or key in it is too long");
    } catch (IOException e) {
      throw invalid("", Json.complaint(e));
    }
  }

  private Parsed read(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw invalid("", "expected an object with the keys tenant and data");
    }
    boolean data = false;
    for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
      JsonToken value = json.nextToken();
      switch (key) {
        case "tenant" -> tenant = readTenant(json, value);
        case "data" -> {
          readRows(json, value);
          data = true;
        }
        default -> json.skipChildren();
      }
    }
    if (json.currentToken() != JsonToken.END_OBJECT || json.nextToken() != null) {
      throw invalid("", "expected the end after the object");
    }
    if (tenant == null) {
      throw invalid("/tenant", "the key tenant is missing");
    }
    if (!data) {
      throw invalid("/data", "the key data is missing");
    }
    if (ragged != null) {
      throw new ServingException(
          ErrorCode.INPUT_MISMATCH, "the rows are not equally long", List.of(ragged));
    }
    return new Parsed(tenant, new FeatureRows(rowCount, width, Arrays.copyOf(values, size)));
  }

  private static TenantId readTenant(JsonParser json, JsonToken value) throws IOException {
    if (value != JsonToken.VALUE_STRING) {
      throw invalid("/tenant", "expected a string, got " + kind(value));
    }
    try {
      return new TenantId(json.getText());
    } catch (IllegalArgumentException e) {
      throw invalid("/tenant", String.valueOf(e.getMessage()));
    }
  }

  private void readRows(JsonParser json, JsonToken value) throws IOException {
    if (value != JsonToken.START_ARRAY) {
      throw invalid("/data", "expected an array of rows, got " + kind(value));
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (rowCount == limits.maxRows()) {
        throw tooLarge("a request has at most " + limits.maxRows() + " rows");
      }
      readRow(json);
      rowCount++;
    }
    if (rowCount == 0) {
      throw invalid("/data", "expected at least one row");
    }
  }

  private void readRow(JsonParser json) throws IOException {
    String pointer = "/data/" + rowCount;
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw invalid(pointer, "expected an array of numbers, got " + kind(json.currentToken()));
    }
    int start = size;
    for (JsonToken token = json.nextToken();
        token != JsonToken.END_ARRAY;
        token = json.nextToken()) {
      append(number(json, token, pointer, size - start));
    }
    int got = size - start;
    if (rowCount == 0) {
      width = got;
    }
    if (ragged == null && (got == 0 || got != width)) {
      ragged = new Violation(pointer, "expected " + Math.max(1, width) + " numbers, got " + got);
    }
  }

  private static double number(JsonParser json, JsonToken token, String row, int column)
      throws IOException {
    if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT) {
      throw invalid(row + "/" + column, "expected a number, got " + kind(token));
    }
    double number = json.getDoubleValue();
    if (!Double.isFinite(number)) {
      throw invalid(row + "/" + column, "the number is too large");
    }
    return number;
  }

  private void append(double number) {
    if (size == limits.maxValues()) {
      throw tooLarge("a request has at most " + limits.maxValues() + " numbers");
    }
    if (size == values.length) {
      values = Arrays.copyOf(values, size * 2);
    }
    values[size++] = number;
  }

  private static String kind(@Nullable JsonToken token) {
    if (token == null) {
      return "the end";
    }
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
      case VALUE_TRUE, VALUE_FALSE -> "a boolean";
      case VALUE_NULL -> "null";
      default -> "something else";
    };
  }

  private static ServingException invalid(String pointer, String detail) {
    List<Violation> violations =
        pointer.isEmpty() ? List.of() : List.of(new Violation(pointer, detail));
    return new ServingException(
        ErrorCode.INVALID_INPUT, pointer.isEmpty() ? detail : pointer + ": " + detail, violations);
  }

  private static ServingException tooLarge(String detail) {
    return new ServingException(ErrorCode.PAYLOAD_TOO_LARGE, detail);
  }
}
