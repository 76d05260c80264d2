package io.manymodels.loading;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static io.manymodels.testing.Artifacts.toArray;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.artifact.ArtifactCache;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.WritableArtifactStore;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.testing.Eventually;
import io.manymodels.tracing.Span;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ArtifactTiersTest {
  private static final byte[] BYTES = bytes(1_000, 1);
  private static final ArtifactDescriptor ARTIFACT = describe(ref("tenant1", 1), BYTES);

  /** A store that can be away. */
  private static final class Store implements WritableArtifactStore {
    private final ConcurrentMap<ArtifactDescriptor, byte[]> held = new ConcurrentHashMap<>();
    private volatile boolean away;
    private volatile int reads;
    private volatile CountDownLatch writes = new CountDownLatch(0);

    private void ask() {
      if (away) {
        throw new ServingException(ErrorCode.STORE_UNAVAILABLE, "it is away");
      }
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate")
    public Optional<ByteBuffer> read(ArtifactDescriptor artifact) {
      reads++;
      ask();
      return Optional.ofNullable(held.get(artifact)).map(ByteBuffer::wrap);
    }

    @Override
    public void write(ArtifactDescriptor artifact, ByteBuffer bytes) {
      try {
        assertThat(writes.await(20, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      ask();
      held.put(artifact, toArray(bytes));
    }

    @Override
    public void drop(ArtifactDescriptor artifact) {
      ask();
      held.remove(artifact);
    }

    @Override
    public void close() {}
  }

  /** A node's cache on the heap. */
  private static final class Node implements ArtifactCache {
    private final Map<ArtifactDescriptor, ByteBuffer> held = new HashMap<>();

    @Override
    public Optional<ByteBuffer> read(
        ArtifactDescriptor artifact, Supplier<Optional<ByteBuffer>> source) {
      if (!held.containsKey(artifact)) {
        source.get().ifPresent(bytes -> held.put(artifact, bytes));
      }
      return Optional.ofNullable(held.get(artifact)).map(ByteBuffer::duplicate);
    }

    @Override
    public void close() {}
  }

  private final Store cold = new Store();
  private final Store warm = new Store();
  private final ArtifactTiers tiers =
      new ArtifactTiers(Optional.of(new Node()), Optional.of(warm), cold);
  private final ArtifactTiers withoutNode =
      new ArtifactTiers(Optional.empty(), Optional.of(warm), cold);

  ArtifactTiersTest() {
    cold.held.put(ARTIFACT, BYTES);
  }

  @AfterEach
  void close() {
    tiers.close();
    withoutNode.close();
  }

  private static void assertRead(ArtifactTiers from) {
    assertThat(toArray(from.read(ARTIFACT, Span.NONE, tier -> {}))).isEqualTo(BYTES);
  }

  private void awaitWarm() {
    Eventually.holds("the warm store is filled", () -> warm.held.containsKey(ARTIFACT));
  }

  @Test
  void aMissFillsTheTiersAbove() {
    assertRead(tiers);
    awaitWarm();
    assertRead(tiers);
    assertThat(tiers.counts()).isEqualTo(new ArtifactTiers.Reads(1, 0, 1, 0));
    assertRead(withoutNode);
    assertThat(withoutNode.counts()).isEqualTo(new ArtifactTiers.Reads(0, 1, 0, 0));
    assertThat(cold.reads).isOne();
  }

  @Test
  void anArtifactLargerThanAllThatMayWaitIsWrittenToo() {
    try (WarmTier tier = new WarmTier(warm)) {
      AtomicLong failures = new AtomicLong();
      tier.fill(ARTIFACT, ByteBuffer.allocate(65 << 20), failures);
      awaitWarm();
      assertThat(failures).hasValue(0);
    }
  }

  @Test
  void whatTheWarmStoreHoldsWronglyIsDroppedAndFetchedAnew() {
    for (byte[] wrong : new byte[][] {bytes(1_000, 2), new byte[0], bytes(999, 1)}) {
      warm.held.put(ARTIFACT, wrong);
      assertRead(withoutNode);
      Eventually.holds(
          "the warm store is repaired", () -> Arrays.equals(BYTES, warm.held.get(ARTIFACT)));
    }
  }

  @Test
  void withoutTheWarmStoreLoadsGoOn() {
    warm.away = true;
    assertRead(withoutNode);
    assertThat(withoutNode.counts().registry()).isOne();
    Eventually.holds("the write failed as well", () -> withoutNode.counts().warmFailures() == 2);
    warm.away = false;
    assertRead(withoutNode);
    awaitWarm();
  }

  @Test
  void withoutTheRegistrysStoreTheWarmOneServes() {
    assertRead(withoutNode);
    awaitWarm();
    cold.away = true;
    assertRead(withoutNode);
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(
            () -> withoutNode.read(describe(ref("tenant1", 2), bytes(5, 5)), Span.NONE, tier -> {}))
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
  }

  @Test
  void aSlowWarmStoreMakesNoReadWait() {
    CountDownLatch slow = new CountDownLatch(1);
    warm.writes = slow;
    for (int i = 1; i <= 1_100; i++) {
      byte[] other = bytes(100, i);
      ArtifactDescriptor artifact = describe(ref("tenant1", i + 1), other);
      cold.held.put(artifact, other);
      assertThat(toArray(withoutNode.read(artifact, Span.NONE, tier -> {}))).isEqualTo(other);
    }
    assertThat(withoutNode.counts().warmFailures()).as("left out").isBetween(90L, 110L);
    slow.countDown();
  }

  @Test
  void bigArtifactsDoNotPileUpWhileTheyWaitToBeWritten() {
    CountDownLatch slow = new CountDownLatch(1);
    warm.writes = slow;
    byte[] big = bytes(30 << 20, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 9), big);
    cold.held.put(artifact, big);
    for (int i = 0; i < 4; i++) {
      assertThat(withoutNode.read(artifact, Span.NONE, tier -> {}).remaining())
          .isEqualTo(big.length);
    }
    assertThat(withoutNode.counts().warmFailures()).as("64 MiB wait at most").isEqualTo(2);
    slow.countDown();
  }

  @Test
  void whatWasNotPublishedIsCorrupt() {
    cold.held.put(ARTIFACT, bytes(1_000, 3));
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> tiers.read(ARTIFACT, Span.NONE, tier -> {}))
        .withMessage("model tenant1/1: the artifact's SHA-256 is not the one that was published")
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.ARTIFACT_CORRUPT);
    assertThat(warm.held).isEmpty();
  }

  @Test
  void whatNobodyHasIsNamed() {
    cold.held.clear();
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> tiers.read(ARTIFACT, Span.NONE, tier -> {}))
        .withMessage("model tenant1/1: its artifact is not stored");
  }
}
