package io.manymodels.quota;

import java.util.List;

/**
 * What is asked for at all Dispatchers together.
 *
 * @param dispatchers that have reported lately, 1 or more
 * @param totals of the subjects that were asked about
 */
public record AllRates(int dispatchers, List<RequestRates> totals) {
  public AllRates {
    totals = List.copyOf(totals);
  }
}
