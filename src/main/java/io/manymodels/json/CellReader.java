package io.manymodels.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.manymodels.tensor.CellShapes;
import io.manymodels.tensor.Cells.Kind;
import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads cells: numbers exactly as written, texts, booleans, nulls, and lists of them. */
final class CellReader {
  private static final double EXACT = 1L << 53;
  private static final double TWO_TO_64 = 0x1p64;
  private static final int LONG_BITS = 63;
  private static final int MAX_DEPTH = 16;

  /** Digits of a number that are quoted. */
  private static final int MAX_QUOTED = 40;

  private static final int[] SCALAR = {};

  private final JsonParser json;
  private final int maxValues;
  private int values;

  CellReader(JsonParser json, int maxValues) {
    this.json = json;
    this.maxValues = maxValues;
  }

  /**
   * Reads the cell whose first token is this one.
   *
   * @param pointer to the cell, asked only when something is wrong
   */
  void read(JsonToken token, CellBuffer target, Supplier<String> pointer) throws IOException {
    if (token == JsonToken.START_ARRAY) {
      target.endCell(list(target, pointer, 1));
    } else {
      value(token, target, pointer);
      target.endScalar();
    }
  }

  /** Reads what is in a list; returns its dimensions. */
  private int[] list(CellBuffer target, Supplier<String> pointer, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw JsonFaults.invalid(
          pointer.get(), "lists are nested too deep; at most " + MAX_DEPTH + " are taken");
    }
    int length = 0;
    int @Nullable [] inner = null;
    for (JsonToken token = next(); token != JsonToken.END_ARRAY; token = next()) {
      int[] dimensions;
      if (token == JsonToken.START_ARRAY) {
        dimensions = list(target, pointer, depth + 1);
      } else {
        value(token, target, pointer);
        dimensions = SCALAR;
      }
      if (inner != null && !Arrays.equals(inner, dimensions)) {
        throw JsonFaults.mismatch(pointer.get(), "the lists in it are not of one length");
      }
      inner = dimensions;
      length++;
    }
    if (inner == null) {
      // So that lists of nothing have a limit, too.
      count();
      return new int[] {0};
    }
    return CellShapes.ofList(length, inner);
  }

  private JsonToken next() throws IOException {
    return JsonFaults.required(json.nextToken());
  }

  private void count() {
    if (values == maxValues) {
      throw JsonFaults.tooLarge("a request has at most " + maxValues + " numbers and other values");
    }
    values++;
  }

  private void value(JsonToken token, CellBuffer target, Supplier<String> pointer)
      throws IOException {
    count();
    switch (token) {
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(token, target, pointer);
      case VALUE_STRING -> target.add(text(pointer));
      case VALUE_TRUE -> target.add(Kind.TRUTH, 1);
      case VALUE_FALSE -> target.add(Kind.TRUTH, 0);
      case VALUE_NULL -> target.add(Kind.MISSING, 0);
      default ->
          throw JsonFaults.invalid(
              pointer.get(),
              "expected a number, a string, a boolean or null, got " + JsonFaults.kind(token));
    }
  }

  private void number(JsonToken token, CellBuffer target, Supplier<String> pointer)
      throws IOException {
    double number = json.getDoubleValue();
    if (Math.abs(number) < EXACT) {
      target.add(number);
    } else if (Double.isNaN(number)) {
      // Only where the parser takes it, as Python writes it.
      target.add(Kind.MISSING, 0);
    } else if (!Double.isFinite(number) && !isInfinity()) {
      throw JsonFaults.invalid(pointer.get(), "the number is too large");
    } else if (Math.abs(number) > TWO_TO_64 || !addWhole(token, target)) {
      addRounded(token, number, target);
    }
  }

  /** A message quotes a whole number as it was written: rounded, it could be one that fits. */
  private void addRounded(JsonToken token, double number, CellBuffer target) throws IOException {
    if (token == JsonToken.VALUE_NUMBER_INT && json.getTextLength() <= MAX_QUOTED) {
      target.add(number, json.getText());
    } else {
      target.add(number);
    }
  }

  /** Whether it was written as a word, which only some parsers take, and not in digits. */
  private boolean isInfinity() throws IOException {
    String text = json.getText();
    return Character.isLetter(text.charAt(text.length() - 1));
  }

  /** Adds a number beyond 2^53 that is whole as it was written; false when it is none. */
  private boolean addWhole(JsonToken token, CellBuffer target) throws IOException {
    BigInteger whole;
    if (token == JsonToken.VALUE_NUMBER_INT) {
      // Not getBigIntegerValue(): after getDoubleValue() it is made of the rounded double.
      whole = new BigInteger(json.getText());
    } else {
      try {
        whole = json.getDecimalValue().toBigIntegerExact();
      } catch (ArithmeticException fraction) {
        return false;
      }
    }
    if (whole.bitLength() <= LONG_BITS) {
      target.add(Kind.WHOLE, whole.longValue());
    } else if (whole.bitLength() == LONG_BITS + 1 && whole.signum() > 0) {
      target.add(Kind.UNSIGNED, whole.longValue());
    } else {
      return false;
    }
    return true;
  }

  /** The text that was read last. */
  String text(Supplier<String> pointer) throws IOException {
    String text = json.getText();
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (!Character.isHighSurrogate(text.charAt(i))
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          throw JsonFaults.invalid(
              pointer.get(), "half of a character: \\ud800 to \\udfff come in pairs");
        }
        i++;
      }
    }
    return text;
  }
}
