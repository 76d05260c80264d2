package io.manymodels.http;

import io.manymodels.json.StatusJson;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How the application stands: the answer to GET /status, and where the metrics come from.
 *
 * @param refused why a user_config is not in force, by deployment or replica
 */
record OperatorStatus(
    StatusJson.Placement placement,
    List<StatusJson.Overflow> overflow,
    SortedMap<String, String> refused) {

  static OperatorStatus of(
      StatusJson.Placement placement,
      List<StatusJson.Overflow> overflow,
      Optional<String> dispatcherRefusal) {
    SortedMap<String, String> refused = new TreeMap<>(placement.refused());
    overflow.stream()
        .filter(replica -> !replica.refused().isEmpty())
        .forEach(replica -> refused.put(replica.replica(), replica.refused()));
    dispatcherRefusal.ifPresent(why -> refused.put("Dispatcher", why));
    return new OperatorStatus(placement, overflow, refused);
  }
}
