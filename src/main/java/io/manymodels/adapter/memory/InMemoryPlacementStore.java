package io.manymodels.adapter.memory;

import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.RememberedPlacement;
import java.util.Optional;

/**
 * The placement state in the memory of one process: as durable as the process, and the reference
 * that other stores are compared with. Thread-safe.
 */
public final class InMemoryPlacementStore implements PlacementStore {
  private long term;
  private PlacementState state = PlacementState.EMPTY;
  private Optional<RememberedPlacement> remembered = Optional.empty();

  @Override
  public synchronized long startTerm() {
    return ++term;
  }

  @Override
  public synchronized PlacementState read() {
    return state;
  }

  @Override
  public synchronized boolean write(long writer, PlacementState next) {
    if (writer != term) {
      return false;
    }
    state = next;
    return true;
  }

  @Override
  public synchronized Optional<RememberedPlacement> remembered() {
    return remembered;
  }

  @Override
  public synchronized boolean remember(long writer, RememberedPlacement placement) {
    if (writer != term) {
      return false;
    }
    remembered = Optional.of(placement);
    return true;
  }

  @Override
  public void close() {}
}
