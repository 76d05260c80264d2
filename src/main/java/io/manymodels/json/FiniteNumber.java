package io.manymodels.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Doubles without Jackson's back doors to NaN and Infinity: {@code "NaN"} and {@code 1e999}. */
final class FiniteNumber extends StdScalarDeserializer<Double> {

  FiniteNumber(Class<Double> type) {
    super(type);
  }

  @Override
  public Double deserialize(JsonParser parser, DeserializationContext context) throws IOException {
    if (!parser.currentToken().isNumeric()) {
      throw MismatchedInputException.from(parser, handledType(), "not a number");
    }
    double value = parser.getDoubleValue();
    if (!Double.isFinite(value)) {
      throw MismatchedInputException.from(parser, handledType(), "too large");
    }
    return value;
  }

  @Override
  public @Nullable Double getNullValue(DeserializationContext context)
      throws MismatchedInputException {
    if (handledType() == double.class) {
      throw MismatchedInputException.from(context.getParser(), handledType(), "null");
    }
    return null;
  }
}
