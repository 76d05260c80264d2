package io.manymodels.transport;

import io.manymodels.routing.ReplicaId;
import io.manymodels.time.Ticker;
import java.util.List;

/**
 * How the connections to one replica are watched.
 *
 * @param checks one for each event loop
 * @param process when the replica's process counts as silent
 */
record ConnectionWatch(List<ConnectionChecks> checks, Silence.Limits process) {
  ConnectionWatch {
    checks = List.copyOf(checks);
  }

  /** A connection to be opened on the event loop of this index. */
  ClientConnection connection(
      ReplicaId replica,
      String token,
      ClientConnection.Observer observer,
      int index,
      Ticker ticker) {
    return new ClientConnection(replica, token, observer, checks.get(index), process, ticker);
  }
}
