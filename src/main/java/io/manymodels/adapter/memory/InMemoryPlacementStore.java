package io.manymodels.adapter.memory;

import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementStore;

/**
 * The placement state in the memory of one process: as durable as the process, and the reference
 * that other stores are compared with. Thread-safe.
 */
public final class InMemoryPlacementStore implements PlacementStore {
  private long term;
  private PlacementState state = PlacementState.EMPTY;

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
  public void close() {}
}
