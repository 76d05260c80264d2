package io.manymodels.testing;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.WritableArtifactStore;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** What every {@link WritableArtifactStore} does. */
public abstract class WritableArtifactStoreContract extends ArtifactStoreContract {

  @Override
  protected abstract WritableArtifactStore store();

  @Override
  protected final void put(ArtifactDescriptor artifact, byte[] bytes) {
    store().write(artifact, ByteBuffer.wrap(bytes));
  }

  @Test
  void aSecondWriteReplacesTheFirst() {
    byte[] bytes = bytes(100, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    put(artifact, bytes(80, 2));
    put(artifact, bytes);
    put(artifact, bytes);
    assertHeld(artifact, bytes);
  }

  @Test
  void onlyTheRemainingBytesOfAnyKindOfBufferAreWritten() {
    byte[] bytes = bytes(100, 1);
    ByteBuffer direct = ByteBuffer.allocateDirect(120).position(10).limit(110);
    direct.duplicate().put(bytes);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    store().write(artifact, direct.asReadOnlyBuffer());
    assertHeld(artifact, bytes);
    store().write(artifact, direct);
    assertThat(direct.position()).isEqualTo(10);
    assertHeld(artifact, bytes);
  }

  @Test
  void theWritersArrayMayBeReused() {
    byte[] bytes = bytes(100, 1);
    byte[] reused = bytes.clone();
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    put(artifact, reused);
    reused[7]++;
    assertHeld(artifact, bytes);
  }

  @Test
  void whatIsDroppedIsNotHeldAnyMore() {
    byte[] bytes = bytes(100, 1);
    byte[] other = bytes(100, 2);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    put(artifact, bytes);
    put(describe(ref("tenant2", 1), other), other);
    store().drop(artifact);
    store().drop(artifact);
    assertThat(store().read(artifact)).isEmpty();
    assertHeld(describe(ref("tenant2", 1), other), other);
    put(artifact, bytes);
    assertHeld(artifact, bytes);
  }

  @Test
  void manyThreadsWriteAndReadAtOnce() throws Exception {
    byte[] bytes = bytes(10_000, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    Parallel.call(
        16,
        () -> {
          for (int i = 0; i < 50; i++) {
            put(artifact, bytes);
            assertHeld(artifact, bytes);
          }
          return true;
        });
  }
}
