package io.manymodels.cli.tools;

import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts milliseconds, zero or more, with decimals or without. */
final class Millis implements ITypeConverter<Double> {
  private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,9})?");

  @Override
  public Double convert(String text) {
    if (!DECIMAL.matcher(text).matches()) {
      throw new TypeConversionException("expected a number in 0..999999999, such as 2.5");
    }
    return Double.valueOf(text);
  }
}
