package io.manymodels.tools.chaos;

import io.manymodels.tools.chaos.Chronicle.Fault;
import io.manymodels.tools.chaos.Verdict.Figures;
import io.manymodels.tools.chaos.Verdict.Summary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Counts exchanges, in total and by the faults that they met. Thread-confined. */
final class ExchangeTally {
  private static final double NANOS_PER_MILLI = 1e6;

  private final List<Fault> faults;
  private final Part all = new Part();
  private final Part calm = new Part();
  private final SortedMap<String, Part> byFault = new TreeMap<>();
  private final Gaps gaps;

  ExchangeTally(List<Fault> faults, int exchanges) {
    this.faults = faults;
    this.gaps = new Gaps(exchanges);
    faults.forEach(
        fault -> byFault.computeIfAbsent(fault.began().name(), name -> new Part()).times++);
  }

  private static final class Part {
    int times;
    long requests;
    long judged;
    long succeeded;
    long retried;
    final Map<Integer, Long> judgedOf = new HashMap<>();
    final Map<Integer, Long> failedOf = new HashMap<>();
    final SortedMap<String, Long> problems = new TreeMap<>();
    final Latencies latencies = new Latencies();
    Gaps.@Nullable Gap longest;

    void add(ScoreExchange exchange, boolean isJudged) {
      requests++;
      if (!isJudged) {
        return;
      }
      judged++;
      judgedOf.merge(exchange.tenant(), 1L, Long::sum);
      latencies.record(exchange.answeredNanos() - exchange.dueNanos());
      retried += exchange.retries() > 0 ? 1 : 0;
      if (exchange.ok()) {
        succeeded++;
      } else {
        failedOf.merge(exchange.tenant(), 1L, Long::sum);
        problems.merge(exchange.problem(), 1L, Long::sum);
      }
    }

    void add(Gaps.Gap gap) {
      if (longest == null || gap.nanos() > longest.nanos()) {
        longest = gap;
      }
    }

    Summary summary(Set<Integer> regulars) {
      return new Summary(
          times,
          requests,
          judged,
          succeeded,
          retried,
          of(regulars, judgedOf),
          of(regulars, failedOf),
          problems,
          latencies.quantileNanos(0.5) / NANOS_PER_MILLI,
          latencies.quantileNanos(0.99) / NANOS_PER_MILLI,
          longest == null ? 0 : longest.nanos() / NANOS_PER_MILLI,
          longest == null ? 0 : longest.tenant());
    }

    private static long of(Set<Integer> tenants, Map<Integer, Long> counts) {
      return tenants.stream().mapToLong(tenant -> counts.getOrDefault(tenant, 0L)).sum();
    }
  }

  void add(ScoreExchange exchange) {
    List<Fault> met =
        faults.stream()
            .filter(fault -> fault.overlaps(exchange.dueNanos(), exchange.answeredNanos()))
            .toList();
    boolean isJudged =
        met.stream()
            .noneMatch(
                fault -> !fault.began().tenants().isEmpty() && fault.concerns(exchange.tenant()));
    all.add(exchange, isJudged);
    if (met.isEmpty()) {
      calm.add(exchange, true);
    }
    met.stream()
        .map(fault -> fault.began().name())
        .distinct()
        .forEach(name -> part(name).add(exchange, isJudged));
    if (isJudged) {
      gaps.add(exchange.tenant(), exchange.dueNanos(), exchange.answeredNanos(), exchange.ok());
    }
  }

  private Part part(String fault) {
    return byFault.computeIfAbsent(fault, name -> new Part());
  }

  Figures figures() {
    all.times = 1;
    calm.times = 1;
    gaps.forEach(
        gap -> {
          all.add(gap);
          if (faults.stream().noneMatch(fault -> fault.overlaps(gap.fromNanos(), gap.toNanos()))) {
            calm.add(gap);
          }
          faults.stream()
              .filter(fault -> fault.overlaps(gap.fromNanos(), gap.toNanos()))
              .forEach(fault -> part(fault.began().name()).add(gap));
        });
    Set<Integer> regulars = gaps.regulars();
    SortedMap<String, Summary> summaries = new TreeMap<>();
    byFault.forEach((name, part) -> summaries.put(name, part.summary(regulars)));
    return new Figures(all.summary(regulars), calm.summary(regulars), summaries);
  }
}
