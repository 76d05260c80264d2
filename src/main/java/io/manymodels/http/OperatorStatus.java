package io.manymodels.http;

import io.manymodels.access.GateStatus;
import io.manymodels.json.StatusJson;
import io.manymodels.scoring.Quarantine;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How the application stands: the answer to GET /status, and where the metrics come from.
 *
 * @param quarantined models that crashed on requests, as the Dispatcher that answers knows them
 * @param refused why a user_config is not in force, by deployment; and the callers file
 * @param access who may ask, as the Dispatcher that answers knows it
 */
record OperatorStatus(
    StatusJson.Placement placement,
    List<StatusJson.Overflow> overflow,
    SortedMap<String, String> refused,
    List<QuarantinedModel> quarantined,
    GateStatus access) {

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
      List<Quarantine.Quarantined> quarantined,
      GateStatus access) {
    SortedMap<String, String> refused = new TreeMap<>(placement.refused());
    refusals(overflow).forEach((name, reasons) -> refused.put(name, String.join("; ", reasons)));
    dispatcherRefusal.ifPresent(why -> refused.put("Dispatcher", why));
    if (!access.refused().isEmpty()) {
      refused.put("callers", access.refused());
    }
    return new OperatorStatus(
        placement,
        overflow,
        refused,
        quarantined.stream().map(QuarantinedModel::of).toList(),
        access);
  }

  /** By deployment. All its replicas get the same user_config, so the reasons rarely differ. */
  private static Map<String, SortedSet<String>> refusals(List<StatusJson.Overflow> overflow) {
    Map<String, SortedSet<String>> refusals = new TreeMap<>();
    for (StatusJson.Overflow replica : overflow) {
      if (!replica.refused().isEmpty()) {
        refusals
            .computeIfAbsent(replica.deployment(), name -> new TreeSet<>())
            .add(replica.refused());
      }
    }
    return refusals;
  }
}
