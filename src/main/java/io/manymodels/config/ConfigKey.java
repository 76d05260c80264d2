package io.manymodels.config;

import org.jspecify.annotations.Nullable;

/**
 * A key of a user_config: its name, the values it takes, its default and what it is for. The
 * configuration records check by their keys, and docs/reference.md lists them.
 */
public sealed interface ConfigKey {
  /** The name in the user_config, as {@code max_rows}. */
  String name();

  /** The values it takes, as {@code 1..10}. */
  String values();

  /** The value when the key is missing. */
  String defaultText();

  /** The purpose of the key, in a sentence or two of Markdown. */
  String meaning();

  /** A key that takes whole numbers in {@code low..high}. */
  record WholeKey(String name, int low, int high, int byDefault, String defaultText, String meaning)
      implements ConfigKey {
    WholeKey(String name, int low, int high, int byDefault, String meaning) {
      this(name, low, high, byDefault, String.valueOf(byDefault), meaning);
    }

    @Override
    public String values() {
      return low + ".." + high;
    }

    /** Throws {@link IllegalArgumentException} that names key, value and range. */
    void check(int value) {
      if (value < low || value > high) {
        throw refused(name, value, values());
      }
    }

    /** The value that was given, or the default. */
    public int or(@Nullable Integer given) {
      return given == null ? byDefault : given;
    }
  }

  /** A key that takes numbers in {@code low..high}. */
  record RealKey(String name, double low, double high, double byDefault, String meaning)
      implements ConfigKey {
    @Override
    public String values() {
      return plain(low) + ".." + plain(high);
    }

    @Override
    public String defaultText() {
      return plain(byDefault);
    }

    /** Throws {@link IllegalArgumentException} that names key, value and range. */
    void check(double value) {
      if (!(value >= low && value <= high)) {
        throw refused(name, value, values());
      }
    }

    /** The value that was given, or the default. */
    public double or(@Nullable Double given) {
      return given == null ? byDefault : given;
    }
  }

  /** A key that takes something else than a number. */
  record TextKey(String name, String values, String defaultText, String meaning)
      implements ConfigKey {}

  private static String plain(double value) {
    return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
  }

  private static IllegalArgumentException refused(String key, Object value, String range) {
    return new IllegalArgumentException("key '" + key + "': " + value + " is not in " + range);
  }
}
