package io.manymodels.http;

import io.manymodels.json.StatusJson;
import io.manymodels.scoring.Quarantine;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How the application stands: the answer to GET /status, and where the metrics come from.
 *
 * @param quarantined models that crashed on requests, as the Dispatcher that answers knows them
 * @param refused why a user_config is not in force, by deployment or replica
 */
record OperatorStatus(
    StatusJson.Placement placement,
    List<StatusJson.Overflow> overflow,
    SortedMap<String, String> refused,
    List<QuarantinedModel> quarantined) {

  /**
   * A model that crashed on requests.
   *
   * @param requests that are refused; three: all are
   */
  record QuarantinedModel(String tenant, long version, int requests, long secondsLeft) {
    private static QuarantinedModel of(Quarantine.Quarantined model) {
      return new QuarantinedModel(
          model.ref().tenant().value(),
          model.ref().version().number(),
          model.requests(),
          model.left().toSeconds());
    }
  }

  static OperatorStatus of(
      StatusJson.Placement placement,
      List<StatusJson.Overflow> overflow,
      Optional<String> dispatcherRefusal,
      List<Quarantine.Quarantined> quarantined) {
    SortedMap<String, String> refused = new TreeMap<>(placement.refused());
    overflow.stream()
        .filter(replica -> !replica.refused().isEmpty())
        .forEach(replica -> refused.put(replica.replica(), replica.refused()));
    dispatcherRefusal.ifPresent(why -> refused.put("Dispatcher", why));
    return new OperatorStatus(
        placement, overflow, refused, quarantined.stream().map(QuarantinedModel::of).toList());
  }
}
