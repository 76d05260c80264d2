package io.manymodels.adapter.memory;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStoreProvider;
import io.manymodels.artifact.WritableArtifactStore;
import io.manymodels.testing.WritableArtifactStoreContract;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class InMemoryArtifactStoreTest extends WritableArtifactStoreContract {
  private final InMemoryArtifactStore store = new InMemoryArtifactStore(16 << 20);

  @Override
  protected WritableArtifactStore store() {
    return store;
  }

  @Test
  void theLeastRecentlyUsedGoesFirst() {
    InMemoryArtifactStore small = new InMemoryArtifactStore(250);
    write(small, 1, 100);
    write(small, 2, 100);
    assertThat(holds(small, 1, 100)).isTrue();
    write(small, 3, 100);
    assertThat(holds(small, 1, 100)).isTrue();
    assertThat(holds(small, 2, 100)).isFalse();
    assertThat(holds(small, 3, 100)).isTrue();
    assertThat(small.heldBytes()).isEqualTo(200);
  }

  @Test
  void whatIsLargerThanTheStoreEvictsNothing() {
    InMemoryArtifactStore small = new InMemoryArtifactStore(250);
    write(small, 1, 200);
    write(small, 2, 251);
    assertThat(holds(small, 1, 200)).isTrue();
    assertThat(holds(small, 2, 251)).isFalse();
    write(small, 3, 250);
    assertThat(small.heldBytes()).isEqualTo(250);
  }

  @Test
  void equalBytesOfManyTenantsAreHeldOnce() {
    byte[] bytes = bytes(100, 1);
    for (int i = 1; i <= 50; i++) {
      store.write(describe(ref("tenant" + i, 1), bytes), ByteBuffer.wrap(bytes));
    }
    assertThat(store.heldBytes()).isEqualTo(100);
    assertHeld(describe(ref("tenant7", 1), bytes), bytes);
  }

  @Property(tries = 300)
  void itHoldsWhatANaiveModelHolds(
      @ForAll @Size(max = 60) List<@IntRange(min = -12, max = 12) Integer> operations) {
    InMemoryArtifactStore small = new InMemoryArtifactStore(300);
    Map<Integer, Integer> naive = new LinkedHashMap<>();
    for (int operation : operations) {
      int key = Math.abs(operation);
      int size = key * 30;
      if (operation > 0) {
        write(small, key, size);
        naive.remove(key);
        if (size <= 300) {
          while (naive.values().stream().mapToInt(Integer::intValue).sum() + size > 300) {
            naive.remove(naive.keySet().iterator().next());
          }
          naive.put(key, size);
        }
      } else if (holds(small, key, size)) {
        naive.put(key, naive.remove(key));
      } else {
        assertThat(naive).doesNotContainKey(key);
      }
      assertThat(small.heldBytes())
          .isEqualTo(naive.values().stream().mapToInt(Integer::intValue).sum())
          .isLessThanOrEqualTo(300);
    }
  }

  @Test
  void theProviderReadsTheCapacityFromTheUri() {
    ArtifactStoreProvider provider =
        ServiceLoader.load(ArtifactStoreProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(found -> found.scheme().equals("memory"))
            .findFirst()
            .orElseThrow();
    provider.open(URI.create("memory:256MiB")).close();
    for (String wrong : List.of("memory:256", "memory:0MiB", "memory:MiB", "file:256MiB")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> provider.open(URI.create(wrong)))
          .withMessage("expected a URI as memory:256MiB, got " + wrong);
    }
    assertThatIllegalArgumentException().isThrownBy(() -> new InMemoryArtifactStore(-1));
  }

  private static void write(InMemoryArtifactStore store, int key, int size) {
    store.write(artifact(key, size), ByteBuffer.wrap(bytes(size, key)));
  }

  private static boolean holds(InMemoryArtifactStore store, int key, int size) {
    return store.read(artifact(key, size)).isPresent();
  }

  private static ArtifactDescriptor artifact(int key, int size) {
    return describe(ref("tenant1", key + 1), bytes(size, key));
  }
}
