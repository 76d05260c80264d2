package io.manymodels.stores;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.measuring.Measure;
import io.manymodels.measuring.Measurements;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelEvents;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CountedStoreTest {
  private static final byte[] BYTES = bytes(9, 1);
  private static final ArtifactDescriptor ARTIFACT = describe(ref("tenant1", 1), BYTES);

  private final Measurements measurements = Measurements.unread();
  private final OneArtifact store = new OneArtifact();
  private final ArtifactStore counted =
      CountedStore.of(ArtifactStore.class, store, "artifacts", measurements);

  private static final class OneArtifact implements ArtifactStore {
    private @Nullable RuntimeException failure;
    private boolean closed;

    @Override
    public Optional<ByteBuffer> read(ArtifactDescriptor artifact) {
      if (failure != null) {
        throw failure;
      }
      return Optional.of(ByteBuffer.wrap(BYTES));
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private long calls(String outcome) {
    return measurements.count(Measure.STORE_CALLS, "artifacts", outcome).value();
  }

  @Test
  void whatTheStoreSaysIsHandedOnAndCounted() {
    assertThat(counted.read(ARTIFACT)).contains(ByteBuffer.wrap(BYTES));
    assertThat(calls("ok")).isOne();
    assertThat(calls("unavailable")).isZero();
  }

  @Test
  void aStoreThatCannotBeAskedIsCountedApart() {
    store.failure = new ServingException(ErrorCode.STORE_UNAVAILABLE, "it is away");
    assertThatThrownBy(() -> counted.read(ARTIFACT)).isSameAs(store.failure);
    assertThat(calls("unavailable")).isOne();
    assertThat(calls("ok")).isZero();
  }

  @Test
  void anotherFailureIsAnAnswer() {
    store.failure = new ServingException(ErrorCode.ARTIFACT_CORRUPT, "too large");
    assertThatThrownBy(() -> counted.read(ARTIFACT)).isSameAs(store.failure);
    store.failure = new IllegalStateException("a defect");
    assertThatThrownBy(() -> counted.read(ARTIFACT)).isSameAs(store.failure);
    assertThat(calls("ok")).isEqualTo(2);
    assertThat(calls("unavailable")).isZero();
  }

  @Test
  void whatReachesNoStoreIsNotCounted() {
    counted.close();
    assertThat(store.closed).isTrue();
    assertThat(counted).hasToString(store.toString()).hasSameHashCodeAs(store);
    assertThat(calls("ok")).isZero();
  }

  @Test
  void anInterruptIsHandedOn() {
    ModelEvents events =
        CountedStore.of(
            ModelEvents.class,
            new ModelEvents() {
              @Override
              public void announce(Collection<TenantId> tenants) {}

              @Override
              public Set<TenantId> await(Duration timeout) throws InterruptedException {
                throw new InterruptedException("the end");
              }

              @Override
              public void close() {}
            },
            "events",
            measurements);
    assertThatThrownBy(() -> events.await(Duration.ofSeconds(1)))
        .isInstanceOf(InterruptedException.class)
        .hasMessage("the end");
  }
}
