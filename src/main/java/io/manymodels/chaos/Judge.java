package io.manymodels.chaos;

import io.manymodels.chaos.Exchange.Answer;
import io.manymodels.fleet.FleetKind;
import java.util.Optional;

/**
 * Whether a history keeps the rules; a pure function of it. What an answer may be follows from what
 * was confirmed before the request and what had begun before the answer, so that a change that
 * nobody confirmed allows both. Models are of {@link FleetKind#VERSION}.
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
    Tally tally = new Tally(chronicle.faults(), history.size());
    history.forEach(
        exchange -> {
          tally.add(exchange);
          broken(chronicle, exchange).ifPresent(rule -> tally.add(rule, exchange));
        });
    return tally.verdict();
  }

  /** The first rule that the exchange breaks. */
  private Optional<Rule> broken(Chronicle chronicle, Exchange exchange) {
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
            || (answer.deployment().equals(overflow) && chronicle.homeIsBroken(exchange));
    return inPlace ? Optional.empty() : Optional.of(Rule.WHERE_PINNED);
  }
}
