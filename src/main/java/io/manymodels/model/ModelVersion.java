package io.manymodels.model;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A published version of a tenant's model: a whole number in 1..{@value #MAX_NUMBER}, never reused.
 *
 * <p>Counters and time stamps down to microseconds are both taken. The limit is 2^53 - 1, the
 * largest whole number that every reader of JSON keeps exactly, those in JavaScript and those that
 * store numbers as {@code double} included (RFC 8259, section 6).
 *
 * <p>Immutable; ordered by number.
 */
public record ModelVersion(long number) implements Comparable<ModelVersion> {
  public static final long MAX_NUMBER = (1L << 53) - 1;
  private static final Pattern DIGITS = Pattern.compile("[1-9][0-9]{0,15}");

  /** Throws {@link IllegalArgumentException} unless {@code number} is in range. */
  public ModelVersion {
    if (number < 1 || number > MAX_NUMBER) {
      throw new IllegalArgumentException(
          "a model version is a whole number in 1.." + MAX_NUMBER + ", got " + number);
    }
  }

  /**
   * The version that a text names, as the name of a folder or the content of an alias: decimal
   * digits without sign or leading zeros. Empty when it names none.
   */
  public static Optional<ModelVersion> parse(String text) {
    if (!DIGITS.matcher(text).matches()) {
      return Optional.empty();
    }
    long number = Long.parseLong(text);
    return number > MAX_NUMBER ? Optional.empty() : Optional.of(new ModelVersion(number));
  }

  /** The next higher version; empty after the last one. */
  public Optional<ModelVersion> next() {
    return number == MAX_NUMBER ? Optional.empty() : Optional.of(new ModelVersion(number + 1));
  }

  @Override
  public int compareTo(ModelVersion other) {
    return Long.compare(number, other.number);
  }

  @Override
  public String toString() {
    return Long.toString(number);
  }
}
