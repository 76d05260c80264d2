package io.manymodels.quota;

import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What every Dispatcher is asked for, as they report it: SharedMemory's part of quotas. A
 * Dispatcher that has been silent for {@link #SILENCE} is forgotten. Thread-safe.
 */
public final class QuotaLedger {
  static final Duration SILENCE = Duration.ofSeconds(5);
  private static final int MAX_DISPATCHERS = 1_000;

  private final Ticker ticker;
  private final Map<String, Report> reports = new HashMap<>();
  private final Map<String, RequestRates> totals = new HashMap<>();

  private record Report(List<RequestRates> rates, Deadline until) {}

  public QuotaLedger(Ticker ticker) {
    this.ticker = ticker;
  }

  /**
   * Takes a report in place of the same Dispatcher's last one.
   *
   * @param rates at most {@link Quotas#MAX_REPORTED} count
   * @return what all Dispatchers are asked for, of the subjects in the report
   */
  public synchronized AllRates report(String dispatcher, List<RequestRates> rates) {
    List<RequestRates> taken =
        List.copyOf(rates.subList(0, Math.min(rates.size(), Quotas.MAX_REPORTED)));
    reports
        .entrySet()
        .removeIf(
            entry -> {
              Report last = entry.getValue();
              boolean gone = entry.getKey().equals(dispatcher) || last.until().passed();
              if (gone) {
                last.rates().forEach(rate -> count(rate, -1));
              }
              return gone;
            });
    if (reports.size() < MAX_DISPATCHERS) {
      reports.put(dispatcher, new Report(taken, Deadline.after(SILENCE, ticker)));
      taken.forEach(rate -> count(rate, 1));
    }
    return new AllRates(
        Math.max(1, reports.size()),
        taken.stream().map(rate -> totals.getOrDefault(rate.subject(), rate)).toList());
  }

  private void count(RequestRates rate, int sign) {
    totals.compute(
        rate.subject(),
        (subject, before) -> {
          double requests = (before == null ? 0 : before.requests()) + sign * rate.requests();
          double rows = (before == null ? 0 : before.rows()) + sign * rate.rows();
          return requests < RequestRates.LEAST
              ? null
              : new RequestRates(subject, requests, Math.max(0, rows));
        });
  }
}
