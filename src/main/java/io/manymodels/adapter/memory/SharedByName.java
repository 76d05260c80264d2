package io.manymodels.adapter.memory;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The stores that the providers of this package have made, by the name in {@code memory:NAME}:
 * whoever opens the same name in this process has the same one, until the process ends. At most
 * {@value #MAX_NAMES} names. Thread-safe.
 */
final class SharedByName<T> {
  static final String SCHEME = "memory";
  private static final int MAX_NAMES = 256;
  private static final Pattern NAMED = Pattern.compile("memory:([A-Za-z0-9_-]{1,64})");

  private final Map<String, T> byName = new HashMap<>();

  /**
   * The one of this name, made when it is asked for first.
   *
   * @throws IllegalArgumentException when the URI names none, or there are too many
   */
  synchronized T get(URI location, Supplier<T> make) {
    Matcher named = NAMED.matcher(location.toString());
    if (!named.matches()) {
      throw new IllegalArgumentException(
          "expected memory:NAME with 1..64 characters of A-Z a-z 0-9 _ -, got " + location);
    }
    if (byName.size() >= MAX_NAMES && !byName.containsKey(named.group(1))) {
      throw new IllegalArgumentException("a process has at most " + MAX_NAMES + " memory: names");
    }
    return byName.computeIfAbsent(named.group(1), name -> make.get());
  }
}
