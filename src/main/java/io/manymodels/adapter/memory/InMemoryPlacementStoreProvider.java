package io.manymodels.adapter.memory;

import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.PlacementStoreProvider;
import java.net.URI;

/** Placement stores at {@code memory:NAME}, shared by all of this process that open the name. */
public final class InMemoryPlacementStoreProvider implements PlacementStoreProvider {
  private static final SharedByName<InMemoryPlacementStore> STORES = new SharedByName<>();

  @Override
  public String scheme() {
    return SharedByName.SCHEME;
  }

  @Override
  public PlacementStore open(URI location) {
    return STORES.get(location, InMemoryPlacementStore::new);
  }
}
