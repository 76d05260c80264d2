package io.manymodels.tensor;

import java.util.Collection;
import java.util.stream.Collectors;

/** Names in a message: so many that a person reads them. Stateless. */
public final class SomeNames {
  private static final int MAX_NAMES = 20;
  private static final int MAX_NAME = 60;
  private static final int MAX_POINTER = 200;

  private SomeNames() {}

  /** The first twenty names, each cut at sixty characters, as {@code 'a', 'b' and 3 more}. */
  public static String of(Collection<String> names) {
    if (names.isEmpty()) {
      return "none";
    }
    String shown =
        names.stream().limit(MAX_NAMES).map(SomeNames::quoted).collect(Collectors.joining(", "));
    int more = names.size() - MAX_NAMES;
    return more > 0 ? shown + " and " + more + " more" : shown;
  }

  /** A name in quotes, on one line, cut at sixty characters. */
  public static String quoted(String name) {
    return "'" + cut(name, MAX_NAME) + "'";
  }

  /** A pointer, which is made of names, as part of a message: on one line, and not too long. */
  public static String pointer(String pointer) {
    return cut(pointer, MAX_POINTER);
  }

  private static String cut(String text, int length) {
    String line = text.replaceAll("\\p{Cntrl}", "?");
    if (line.length() <= length) {
      return line;
    }
    int end = Character.isHighSurrogate(line.charAt(length - 1)) ? length - 1 : length;
    return line.substring(0, end) + "...";
  }
}
