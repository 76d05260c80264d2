package io.manymodels.cli.console;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Converts what is typed for an option to a whole number of its range. An option names a subclass
 * with its range as its converter; the field's initial value is its default.
 */
public abstract class WholeNumber implements ITypeConverter<Integer> {
  private final int lowest;
  private final int highest;

  protected WholeNumber(int lowest, int highest) {
    this.lowest = lowest;
    this.highest = highest;
  }

  /** Throws {@link TypeConversionException}, with the range. */
  @Override
  public final Integer convert(String text) {
    try {
      int value = Integer.parseInt(text);
      if (value >= lowest && value <= highest && !text.startsWith("+")) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new TypeConversionException("expected a whole number in " + lowest + ".." + highest);
  }

  /** A seed: any whole number of 64 bits. */
  public static final class Seed implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      try {
        return Long.parseLong(text);
      } catch (NumberFormatException e) {
        throw new TypeConversionException(
            "expected a whole number in " + Long.MIN_VALUE + ".." + Long.MAX_VALUE);
      }
    }
  }
}
