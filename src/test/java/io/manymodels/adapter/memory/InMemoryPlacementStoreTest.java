package io.manymodels.adapter.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.PlacementStoreProvider;
import io.manymodels.testing.PlacementStoreContract;
import java.net.URI;
import org.junit.jupiter.api.Test;

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

  @Test
  void theProviderSharesWhatHasOneName() {
    PlacementStoreProvider provider = new InMemoryPlacementStoreProvider();
    PlacementStore one = provider.open(URI.create("memory:of-this-test"));
    assertThat(one.startTerm()).isOne();
    assertThat(provider.open(URI.create("memory:of-this-test")).startTerm()).isEqualTo(2);
    assertThat(one.write(1, PlacementState.EMPTY)).isFalse();
    assertThat(provider.open(URI.create("memory:another-of-this-test")).startTerm()).isOne();
  }
}
