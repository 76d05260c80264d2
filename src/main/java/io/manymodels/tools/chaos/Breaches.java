package io.manymodels.tools.chaos;

import io.manymodels.tools.chaos.Chronicle.Sight;
import io.manymodels.tools.chaos.Verdict.Finding;
import io.manymodels.tools.chaos.Verdict.Pins;
import io.manymodels.tools.chaos.Verdict.WrongPins;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The exchanges that broke a rule: all are counted, and the first ones of each rule are kept.
 * Thread-confined.
 */
final class Breaches {
  private static final int MAX_KEPT_EACH = 20;
  private static final double NANOS_PER_SECOND = 1e9;

  private final Map<Rule, Long> counts = new EnumMap<>(Rule.class);
  private final SortedMap<String, Long> unexplained = new TreeMap<>();
  private final List<Finding> findings = new ArrayList<>();
  private final long startNanos;

  /**
   * @param startNanos from when on moments are told
   */
  Breaches(long startNanos) {
    this.startNanos = startNanos;
  }

  void add(Rule rule, ScoreExchange exchange) {
    long count = counts.merge(rule, 1L, Long::sum);
    if (rule == Rule.EXPLAINED) {
      unexplained.merge(exchange.problem(), 1L, Long::sum);
    }
    if (count <= MAX_KEPT_EACH) {
      findings.add(new Finding(rule.wireName(), seconds(exchange.dueNanos()), exchange));
    }
  }

  /** The answers about the pinned tenants, which are no exchanges. */
  Pins add(int asked, List<Sight> wrong) {
    if (!wrong.isEmpty()) {
      counts.put(Rule.NO_LOST_PIN, (long) wrong.size());
    }
    return new Pins(
        asked,
        wrong.stream()
            .limit(MAX_KEPT_EACH)
            .map(sight -> new WrongPins(seconds(sight.seenNanos()), sight.pool()))
            .toList());
  }

  private double seconds(long nanos) {
    return (nanos - startNanos) / NANOS_PER_SECOND;
  }

  SortedMap<String, Long> counts() {
    SortedMap<String, Long> byName = new TreeMap<>();
    counts.forEach((rule, count) -> byName.put(rule.wireName(), count));
    return byName;
  }

  SortedMap<String, Long> unexplained() {
    return unexplained;
  }

  List<Finding> findings() {
    return findings;
  }
}
