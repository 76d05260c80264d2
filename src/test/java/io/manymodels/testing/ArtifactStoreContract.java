package io.manymodels.testing;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static io.manymodels.testing.Artifacts.toArray;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every {@link ArtifactStore} does. The store under test starts empty. */
public abstract class ArtifactStoreContract {

  /** The store under test, the same one during a test. */
  protected abstract ArtifactStore store();

  /** Puts bytes where the store finds them by this descriptor, which need not fit them. */
  protected abstract void put(ArtifactDescriptor artifact, byte[] bytes) throws Exception;

  @AfterEach
  void closeStore() {
    store().close();
  }

  @Test
  void whatIsNotHeldIsEmpty() throws Exception {
    byte[] bytes = bytes(10, 1);
    put(describe(ref("tenant1", 1), bytes), bytes);
    assertThat(store().read(describe(ref("tenant2", 1), bytes(10, 2)))).isEmpty();
    assertThat(store().read(describe(ref("tenant1", 2), bytes(10, 3)))).isEmpty();
  }

  @Test
  void bytesComeBackAsTheyWere() throws Exception {
    for (int length : List.of(0, 1, 1000, 3_000_000)) {
      byte[] bytes = bytes(length, length);
      ArtifactDescriptor artifact = describe(ref("tenant1", length + 1), bytes);
      put(artifact, bytes);
      ByteBuffer read = store().read(artifact).orElseThrow();
      assertThat(read.position()).isZero();
      assertThat(toArray(read)).isEqualTo(bytes);
    }
  }

  @Test
  void versionsAndTenantsAreKeptApart() throws Exception {
    byte[] first = bytes(100, 1);
    byte[] second = bytes(100, 2);
    byte[] other = bytes(100, 3);
    put(describe(ref("tenant1", 1), first), first);
    put(describe(ref("tenant1", 2), second), second);
    put(describe(ref("tenant1.x", 1), other), other);
    assertHeld(describe(ref("tenant1", 1), first), first);
    assertHeld(describe(ref("tenant1", 2), second), second);
    assertHeld(describe(ref("tenant1.x", 1), other), other);
  }

  @Test
  void theStoreDoesNotCheckTheBytes() throws Exception {
    byte[] damaged = bytes(100, 2);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes(100, 1));
    put(artifact, damaged);
    assertHeld(artifact, damaged);
  }

  @Test
  void aReadersBufferIsItsOwnAndCannotBeWrittenTo() throws Exception {
    byte[] bytes = bytes(100, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    put(artifact, bytes);
    ByteBuffer read = store().read(artifact).orElseThrow();
    assertThat(read.isReadOnly()).isTrue();
    read.position(50);
    assertHeld(artifact, bytes);
  }

  @Test
  void aBufferOutlivesTheStore() throws Exception {
    byte[] bytes = bytes(100, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    put(artifact, bytes);
    ByteBuffer read = store().read(artifact).orElseThrow();
    store().close();
    assertThat(toArray(read)).isEqualTo(bytes);
    assertThatCode(() -> store().close()).doesNotThrowAnyException();
  }

  @Test
  void manyThreadsReadAtOnce() throws Exception {
    byte[] bytes = bytes(100_000, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    put(artifact, bytes);
    List<byte[]> read = Parallel.call(16, () -> toArray(store().read(artifact).orElseThrow()));
    assertThat(read).allSatisfy(answer -> assertThat(answer).isEqualTo(bytes));
  }

  protected final void assertHeld(ArtifactDescriptor artifact, byte[] bytes) {
    assertThat(store().read(artifact)).get().extracting(Artifacts::toArray).isEqualTo(bytes);
  }
}
