package io.manymodels.routing;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Finds out what lost replicas left behind. Thread-safe; never blocks. */
public interface Postmortems {
  /** Where nobody can tell. */
  Postmortems NONE = replica -> CompletableFuture.completedFuture(Optional.empty());

  /** Ends within a second, and does not fail; empty when nobody on the replica's node can tell. */
  CompletableFuture<Optional<Postmortem>> of(ReplicaId lost);
}
