package io.manymodels.tools.chaos;

import io.manymodels.tools.chaos.ScoreExchange.Answer;
import io.manymodels.tools.fleet.FleetKind;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Judges whether a history keeps the rules; a pure function of the history. What was confirmed
 * before the request and what had begun before the answer decide which answers are allowed, so an
 * unconfirmed change allows both. Models are of {@link FleetKind#VERSION}.
 */
final class Judge {
  private final String overflow;

  /**
   * @param overflow the deployment that may answer every tenant
   */
  Judge(String overflow) {
    this.overflow = overflow;
  }

  /** Throws {@link IllegalArgumentException} when the events do not make a history. */
  Verdict judge(History history) {
    Chronicle chronicle = new Chronicle(history.events());
    Stalls stalls = new Stalls(history);
    Breaches breaches = new Breaches(history.events().get(0).atNanos());
    ExchangeTally whole = new ExchangeTally(chronicle.faults(), history.size());
    SortedMap<Integer, ExchangeTally> endpoints = new TreeMap<>();
    history.forEach(
        exchange -> {
          whole.add(exchange);
          endpoints
              .computeIfAbsent(
                  exchange.endpoint(), number -> new ExchangeTally(chronicle.faults(), 0))
              .add(exchange);
          broken(chronicle, stalls, exchange).ifPresent(rule -> breaches.add(rule, exchange));
        });
    Verdict.Pins pins = breaches.add(chronicle.sights(), chronicle.wrongSights());
    return new Verdict(
        breaches.counts(),
        breaches.unexplained(),
        breaches.findings(),
        pins,
        whole.figures(),
        endpoints.values().stream().map(ExchangeTally::figures).toList());
  }

  /** The first rule that the exchange breaks. */
  private Optional<Rule> broken(Chronicle chronicle, Stalls stalls, ScoreExchange exchange) {
    if (!exchange.ok()) {
      return chronicle.explains(exchange) ? Optional.empty() : Optional.of(Rule.EXPLAINED);
    }
    Answer answer = exchange.answer();
    if (answer.model() != exchange.tenant()) {
      return Optional.of(Rule.OWN_TENANT);
    }
    if (answer.prediction() != FleetKind.answer(answer.model(), answer.version())) {
      return Optional.of(Rule.OWN_PREDICTION);
    }
    if (!chronicle.wasEverLive(exchange)) {
      return Optional.of(Rule.LIVE_VERSION);
    }
    if (!chronicle.mayBeLive(exchange)) {
      return Optional.of(Rule.NOT_STALE);
    }
    boolean inPlace =
        chronicle.mayAnswer(exchange, answer.deployment())
            || (answer.deployment().equals(overflow)
                && (chronicle.homeIsBroken(exchange) || stalls.during(exchange)));
    return inPlace ? Optional.empty() : Optional.of(Rule.WHERE_PINNED);
  }
}
