package io.manymodels.cli.tools;

import io.manymodels.tools.simulation.Places;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts {@code 30}, or {@code 10x3} for ten deployments of three places each. */
final class TypedPlaces implements ITypeConverter<Places> {
  private static final Pattern PLACES = Pattern.compile("(?:([0-9]+)[xX])?([0-9]+)");

  @Override
  public Places convert(String text) {
    Matcher matcher = PLACES.matcher(text);
    if (matcher.matches()) {
      String deployments = matcher.group(1) == null ? "1" : matcher.group(1);
      try {
        return new Places(Integer.parseInt(deployments), Integer.parseInt(matcher.group(2)));
      } catch (IllegalArgumentException outOfRange) {
        // Said below; a NumberFormatException is one of these too.
      }
    }
    throw new TypeConversionException(
        "expected PLACES or DEPLOYMENTSxPLACES (such as 30 or 10x3), in all 1.."
            + Integer.MAX_VALUE
            + " places, and 1.."
            + Places.MAX_DEPLOYMENTS
            + " deployments");
  }
}
