package io.manymodels.tools.simulation;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * The outcomes of several policies on one trace, for people.
 *
 * @param trace its name
 * @param tenants how many of them the trace may ask for
 * @param millisPerLoad what each promotion is taken to cost, {@code 0} or more
 */
public record Report(
    String trace, int tenants, Places places, double millisPerLoad, List<Outcome> outcomes) {
  private static final int BAR = 50;
  private static final String BOUND = "belady";

  public Report {
    outcomes = List.copyOf(outcomes);
  }

  /** A table with one line a policy, below it their hit ratios as bars; each line ends with LF. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append(heading()).append('\n');
    line(
        text,
        "%-10s %9s %9s %10s %8s %10s %9s",
        "policy",
        "hit ratio",
        "of belady",
        "promotions",
        "steady",
        "evictions",
        "load s");
    OptionalDouble bound = bound();
    for (Outcome outcome : outcomes) {
      line(
          text,
          "%-10s %9.4f %9s %10d %8s %10d %9.1f",
          outcome.policy(),
          outcome.hitRatio(),
          bound.isPresent() ? percent(outcome.hitRatio() / bound.getAsDouble()) : "-",
          outcome.promotions(),
          percent(outcome.steadyPromotionRatio()),
          outcome.evictions(),
          outcome.loadSeconds(millisPerLoad));
    }
    text.append('\n');
    for (Outcome outcome : outcomes) {
      int filled = (int) Math.round(outcome.hitRatio() * BAR);
      String bar = "#".repeat(filled) + ".".repeat(BAR - filled);
      line(text, "%-10s %s %.4f", outcome.policy(), bar, outcome.hitRatio());
    }
    return text.toString();
  }

  /** A description of the trace in one line. */
  public String heading() {
    long requests = outcomes.isEmpty() ? 0 : outcomes.get(0).requests();
    return "%s: %d requests, %d tenants, %d places"
        .formatted(trace, requests, tenants, places.total());
  }

  /** Belady's hit ratio; empty when it was not asked for, or is 0. */
  private OptionalDouble bound() {
    return outcomes.stream()
        .filter(outcome -> outcome.policy().equals(BOUND) && outcome.hits() > 0)
        .mapToDouble(Outcome::hitRatio)
        .findFirst();
  }

  private static String percent(double ratio) {
    return String.format(Locale.ROOT, "%.1f %%", ratio * 100);
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
