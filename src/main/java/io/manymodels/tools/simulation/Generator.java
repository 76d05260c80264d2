package io.manymodels.tools.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * A kind of generated trace under the name that a user types.
 *
 * @param name such as {@code zipf:1.0} or {@code loop}
 */
public record Generator(String name, Function<Workload, Trace> make) {
  /** All names, for a user. */
  public static final String NAMES =
      "zipf:EXPONENT (such as zipf:1.0), scan, loop, shift, burst, all";

  public static final double MAX_EXPONENT = 10;

  private static final String ZIPF = "zipf:";
  private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,9})?");
  private static final List<Generator> PLAIN =
      List.of(
          new Generator("scan", Traces::scan),
          new Generator("loop", Traces::loop),
          new Generator("shift", Traces::shift),
          new Generator("burst", Traces::burst));

  /** The generators of this name: one, or several for {@code all}; empty when it is not known. */
  public static List<Generator> named(String name) {
    if (name.equals("all")) {
      return all();
    }
    if (name.startsWith(ZIPF)) {
      String exponent = name.substring(ZIPF.length());
      return DECIMAL.matcher(exponent).matches() && Double.parseDouble(exponent) <= MAX_EXPONENT
          ? List.of(zipf(Double.parseDouble(exponent)))
          : List.of();
    }
    return PLAIN.stream().filter(generator -> generator.name().equals(name)).toList();
  }

  private static List<Generator> all() {
    List<Generator> all = new ArrayList<>();
    for (double exponent : new double[] {0.6, 0.8, 1.0, 1.2}) {
      all.add(zipf(exponent));
    }
    all.addAll(PLAIN);
    return all;
  }

  private static Generator zipf(double exponent) {
    return new Generator(ZIPF + exponent, workload -> Traces.zipf(exponent, workload));
  }
}
