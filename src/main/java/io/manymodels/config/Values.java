package io.manymodels.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The values that a {@link Setting} takes. Immutable. */
public sealed interface Values {
  /** Completes "the value is not ..", as {@code a whole number in 1..10}. */
  String allowed();

  /** Whether {@code text}, which has no white space around it, is such a value. */
  boolean accepts(String text);

  /** Whether a message may repeat a wrong value. Not if it may hold a secret. */
  default boolean isShown() {
    return true;
  }

  /** Whether an empty value means the same as none. If not, it is refused. */
  default boolean isEmptyUnset() {
    return true;
  }

  /** A whole number in {@code low..high}, neither of them negative. */
  record Whole(int low, int high) implements Values {
    private static final Pattern DIGITS = Pattern.compile("[0-9]{1,9}");

    @Override
    public String allowed() {
      return "a whole number in " + low + ".." + high;
    }

    @Override
    public boolean accepts(String text) {
      return DIGITS.matcher(text).matches()
          && Integer.parseInt(text) >= low
          && Integer.parseInt(text) <= high;
    }
  }

  /** A number in {@code 0..1}, in decimal digits. */
  record Fraction() implements Values {
    private static final Pattern DECIMAL = Pattern.compile("0|1|1\\.0|0?\\.[0-9]{1,9}");

    @Override
    public String allowed() {
      return "a number in 0..1, such as 0.01";
    }

    @Override
    public boolean accepts(String text) {
      return DECIMAL.matcher(text).matches();
    }
  }

  /** One of some words. */
  record Words(List<String> words) implements Values {
    static Words of(String... words) {
      return new Words(List.of(words));
    }

    @Override
    public String allowed() {
      return "one of " + String.join(", ", words);
    }

    @Override
    public boolean accepts(String text) {
      return words.contains(text);
    }
  }

  /** A URI with a scheme. Somebody may have put a password into it. */
  record Location(String example) implements Values {
    @Override
    public String allowed() {
      return "a URI such as " + example;
    }

    @Override
    public boolean accepts(String text) {
      return uri(text).map(URI::getScheme).isPresent();
    }

    @Override
    public boolean isShown() {
      return false;
    }
  }

  /** An http or https URL with a host. */
  record WebAddress(String example) implements Values {
    @Override
    public String allowed() {
      return "an http or https URL, as " + example;
    }

    @Override
    public boolean accepts(String text) {
      return uri(text)
          .filter(address -> address.getHost() != null)
          .map(URI::getScheme)
          .filter(scheme -> scheme.equals("http") || scheme.equals("https"))
          .isPresent();
    }

    @Override
    public boolean isShown() {
      return false;
    }
  }

  /** Text of a form that somebody else checks. */
  record Text(String allowed) implements Values {
    @Override
    public boolean accepts(String text) {
      return true;
    }
  }

  /**
   * The name of a file that protects something. Empty is refused: a variable that a template left
   * empty would switch the protection off.
   */
  record Protection(String allowed) implements Values {
    @Override
    public boolean accepts(String text) {
      return true;
    }

    @Override
    public boolean isEmptyUnset() {
      return false;
    }
  }

  /** A secret. It is never shown, and must not be empty. */
  record Secrecy(String allowed, Pattern pattern) implements Values {
    /** A secret of any characters. */
    static Secrecy any() {
      return new Secrecy("a text", Pattern.compile(".+", Pattern.DOTALL));
    }

    /** A secret that an HTTP header can carry. */
    static Secrecy token() {
      return new Secrecy("visible ASCII characters without blanks", Pattern.compile("[!-~]+"));
    }

    @Override
    public boolean accepts(String text) {
      return pattern.matcher(text).matches();
    }

    @Override
    public boolean isShown() {
      return false;
    }

    @Override
    public boolean isEmptyUnset() {
      return false;
    }
  }

  private static Optional<URI> uri(String text) {
    try {
      return Optional.of(new URI(text));
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }
}
