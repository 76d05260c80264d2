package io.manymodels.tools.chaos;

import java.util.List;
import java.util.function.Consumer;

/** The record of a run: events in order of time, exchanges in any order. Immutable. */
interface History {
  /** The first is {@link Event.Started}. */
  List<Event> events();

  /** How many exchanges there are. */
  int size();

  /** Hands over each exchange, as often as it is called. */
  void forEach(Consumer<ScoreExchange> consumer);

  /** A history in memory. */
  static History of(List<Event> events, List<ScoreExchange> exchanges) {
    List<Event> allEvents = List.copyOf(events);
    List<ScoreExchange> allExchanges = List.copyOf(exchanges);
    return new History() {
      @Override
      public List<Event> events() {
        return allEvents;
      }

      @Override
      public int size() {
        return allExchanges.size();
      }

      @Override
      public void forEach(Consumer<ScoreExchange> consumer) {
        allExchanges.forEach(consumer);
      }
    };
  }
}
