package io.manymodels.adapter.memory;

import io.manymodels.placement.PlacementStore;
import io.manymodels.testing.PlacementStoreContract;

class InMemoryPlacementStoreTest extends PlacementStoreContract {
  private final InMemoryPlacementStore store = new InMemoryPlacementStore();

  @Override
  protected PlacementStore store() {
    return store;
  }

  @Override
  protected PlacementStore reopened() {
    return store;
  }
}
