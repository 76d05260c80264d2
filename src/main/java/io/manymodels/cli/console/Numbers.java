package io.manymodels.cli.console;

import io.manymodels.tools.simulation.Places;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers as users type them. Whatever is not allowed throws {@link BadInputException}. */
public final class Numbers {
  private static final Pattern WHOLE = Pattern.compile("-?[0-9]+");
  private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,9})?");
  private static final Pattern PLACES = Pattern.compile("(?:([0-9]+)[xX])?([0-9]+)");

  private Numbers() {}

  public static int whole(String option, String text, int low, int high) {
    long value = low - 1L;
    if (WHOLE.matcher(text).matches()) {
      try {
        value = Long.parseLong(text);
      } catch (NumberFormatException tooLarge) {
        value = low - 1L;
      }
    }
    if (value < low || value > high) {
      throw BadInputException.of(option, text, "expected a whole number in " + low + ".." + high);
    }
    return (int) value;
  }

  public static long any(String option, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw BadInputException.of(
          option, text, "expected a whole number in " + Long.MIN_VALUE + ".." + Long.MAX_VALUE);
    }
  }

  /** Zero or more. */
  public static double decimal(String option, String text) {
    if (!DECIMAL.matcher(text).matches()) {
      throw BadInputException.of(option, text, "expected a number in 0..999999999, such as 2.5");
    }
    return Double.parseDouble(text);
  }

  /** {@code 30}, or {@code 10x3} for ten deployments of three places each. */
  public static Places places(String option, String text) {
    Matcher matcher = PLACES.matcher(text);
    if (matcher.matches()) {
      String deployments = matcher.group(1) == null ? "1" : matcher.group(1);
      try {
        return new Places(Integer.parseInt(deployments), Integer.parseInt(matcher.group(2)));
      } catch (IllegalArgumentException outOfRange) {
        // Said below; a NumberFormatException is one of these too.
      }
    }
    throw BadInputException.of(
        option,
        text,
        "expected PLACES or DEPLOYMENTSxPLACES (such as 30 or 10x3), in all 1.."
            + Integer.MAX_VALUE
            + " places, and 1.."
            + Places.MAX_DEPLOYMENTS
            + " deployments");
  }
}
