package io.manymodels.cli;

import io.manymodels.cli.console.BadInputException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Map;

/**
 * The check that the JVM has understood the text that the operating system gave it.
 *
 * <p>The JVM decodes arguments and environment variables by the charset of the locale ({@code
 * sun.jnu.encoding}), and puts U+FFFD in place of what it cannot decode. A description stored like
 * that is lost, because a version never changes. {@code ./many-models} starts the JVM with a UTF-8
 * locale; this check is for whoever starts it otherwise.
 */
final class ReceivedText {
  private static final char REPLACEMENT = '\uFFFD';
  private static final int MAX_ASCII = 0x7F;
  private static final String OWN_VARIABLES = "MANY_MODELS_";

  private ReceivedText() {}

  /**
   * Throws {@link BadInputException}, naming the argument or variable, when its text may differ
   * from what was given. Environment variables of other programs are not checked.
   */
  static void require(String[] arguments, Map<String, String> environment) {
    boolean utf8 = isUtf8(System.getProperty("sun.jnu.encoding", ""));
    for (int i = 0; i < arguments.length; i++) {
      require("argument " + (i + 1), arguments[i], utf8);
    }
    environment.forEach(
        (name, value) -> {
          if (name.startsWith(OWN_VARIABLES)) {
            require(name, value, utf8);
          }
        });
  }

  /** Throws {@link BadInputException} unless the text arrived intact. */
  static void require(String what, String text, boolean utf8) {
    boolean intact =
        utf8 ? text.indexOf(REPLACEMENT) < 0 : text.chars().allMatch(c -> c <= MAX_ASCII);
    if (!intact) {
      throw new BadInputException(
          what
              + " is not plain ASCII"
              + (utf8 ? " and not UTF-8" : ", and " + remedy(System.getProperty("os.name", ""))));
    }
  }

  /** How a system is told to hand over UTF-8. */
  static String remedy(String system) {
    return system.startsWith("Windows")
        ? "Windows does not use UTF-8: turn it on in its regional settings, under administrative"
        : "the locale is not a UTF-8 one: set LC_ALL=C.UTF-8";
  }

  private static boolean isUtf8(String charset) {
    try {
      return Charset.forName(charset).equals(StandardCharsets.UTF_8);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return false;
    }
  }
}
