package io.manymodels.json;

import com.fasterxml.jackson.core.JsonToken;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.tensor.SomeNames;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The faults of a JSON document that is read token by token. Stateless. */
public final class JsonFaults {
  /** Of a document over the limits of {@link Json}. */
  public static final String TOO_DEEP =
      "the JSON is nested too deep, or a number or key in it is too long";

  private JsonFaults() {}

  /** {@code INVALID_INPUT} at a place of the document; an empty pointer is the whole of it. */
  public static ServingException invalid(String pointer, String detail) {
    List<Violation> violations =
        pointer.isEmpty() ? List.of() : List.of(new Violation(pointer, detail));
    return new ServingException(
        ErrorCode.INVALID_INPUT,
        pointer.isEmpty() ? detail : SomeNames.pointer(pointer) + ": " + detail,
        violations);
  }

  /** {@code INPUT_MISMATCH} at a place of the document. */
  static ServingException mismatch(String pointer, String detail) {
    return new ServingException(
        ErrorCode.INPUT_MISMATCH,
        SomeNames.pointer(pointer) + ": " + detail,
        List.of(new Violation(pointer, detail)));
  }

  /** {@code PAYLOAD_TOO_LARGE}, in whatever form the rows come. */
  static ServingException tooManyRows(int most) {
    return tooLarge("a request has at most " + most + " rows");
  }

  /** {@code PAYLOAD_TOO_LARGE}. */
  static ServingException tooLarge(String detail) {
    return new ServingException(ErrorCode.PAYLOAD_TOO_LARGE, detail);
  }

  /** The token; throws when the document ended. */
  static JsonToken required(@Nullable JsonToken token) throws IOException {
    if (token == null) {
      throw new EOFException("the document ends too early");
    }
    return token;
  }

  /** A value as JSON has it, as {@code an array}. */
  public static String kind(@Nullable JsonToken token) {
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
}
