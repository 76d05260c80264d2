package io.manymodels.testing;

import static io.manymodels.testing.Artifacts.bytes;
import static io.manymodels.testing.Artifacts.describe;
import static io.manymodels.testing.Artifacts.ref;
import static io.manymodels.testing.Artifacts.toArray;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.artifact.ArtifactCache;
import io.manymodels.artifact.ArtifactCacheCounts;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link ArtifactCache} does. The cache under test starts empty and takes 20 MB of
 * artifacts, each up to 3 MB.
 */
public abstract class ArtifactCacheContract {
  private final AtomicInteger calls = new AtomicInteger();

  /** The cache under test, the same one during a test. */
  protected abstract ArtifactCache cache();

  /** A second cache at the same place, as another process has it; closed by the test. */
  protected abstract ArtifactCache another();

  /** Has the bytes in the cache not have their digest any more. */
  protected abstract void damage(ArtifactDescriptor artifact) throws Exception;

  @AfterEach
  void closeCache() {
    cache().close();
  }

  @Test
  void theSourceIsAskedOnce() {
    for (int length : List.of(0, 1, 1000, 100_000, 3_000_000)) {
      byte[] bytes = bytes(length, length);
      ArtifactDescriptor artifact = describe(ref("tenant1", length + 1), bytes);
      calls.set(0);
      for (int i = 0; i < 3; i++) {
        ByteBuffer read = cache().read(artifact, source(bytes)).orElseThrow();
        assertThat(read.isReadOnly()).isTrue();
        assertThat(read.position()).isZero();
        assertThat(toArray(read)).isEqualTo(bytes);
        read.position(read.limit());
      }
      assertThat(calls).hasValue(1);
    }
  }

  @Test
  void anotherProcessNeedNotAsk() {
    byte[] bytes = bytes(1000, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    assertRead(cache(), artifact, bytes);
    try (ArtifactCache another = another()) {
      assertRead(another, describe(ref("tenant2", 7), bytes), bytes);
    }
    assertThat(calls).hasValue(1);
  }

  @Test
  void nothingAndFailuresAreNotRemembered() {
    byte[] bytes = bytes(1000, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    ServingException away = new ServingException(ErrorCode.STORE_UNAVAILABLE, "away");
    assertThat(cache().read(artifact, Optional::empty)).isEmpty();
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(
            () ->
                cache()
                    .read(
                        artifact,
                        () -> {
                          throw away;
                        }))
        .isSameAs(away);
    assertRead(cache(), artifact, bytes);
  }

  @Test
  void onlyTheRemainingBytesOfAnyKindOfBufferAreTaken() {
    byte[] bytes = bytes(100, 1);
    ByteBuffer direct = ByteBuffer.allocateDirect(120).position(10).limit(110);
    direct.duplicate().put(bytes);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    ByteBuffer read = cache().read(artifact, () -> Optional.of(direct)).orElseThrow();
    assertThat(read.position()).isZero();
    assertThat(toArray(read)).isEqualTo(bytes);
    assertRead(cache(), artifact, bytes);
    assertThat(calls).hasValue(0);
  }

  @Test
  void damagedBytesAreDroppedAndFetchedAgain() throws Exception {
    for (int length : List.of(1000, 3_000_000)) {
      byte[] bytes = bytes(length, 1);
      ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
      calls.set(0);
      assertRead(cache(), artifact, bytes);
      damage(artifact);
      assertRead(cache(), artifact, bytes);
      assertThat(calls).hasValue(2);
      assertRead(cache(), artifact, bytes);
      assertThat(calls).hasValue(2);
    }
  }

  @Test
  void whoAsksAtTheSameTimeGetsTheSameFetch() throws Exception {
    byte[] bytes = bytes(100_000, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    CountDownLatch fetching = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (ArtifactCache another = another()) {
      Supplier<Optional<ByteBuffer>> slow =
          () -> {
            fetching.countDown();
            FakeModels.await(go);
            return source(bytes).get();
          };
      ExecutorService pool = Executors.newFixedThreadPool(1);
      try {
        Future<byte[]> first = pool.submit(() -> toArray(cache().read(artifact, slow).get()));
        FakeModels.await(fetching);
        go.countDown();
        List<byte[]> read =
            Parallel.call(16, () -> toArray(cache().read(artifact, source(bytes)).get()));
        List<byte[]> others =
            Parallel.call(16, () -> toArray(another.read(artifact, source(bytes)).get()));
        assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo(bytes);
        assertThat(read).allSatisfy(answer -> assertThat(answer).isEqualTo(bytes));
        assertThat(others).allSatisfy(answer -> assertThat(answer).isEqualTo(bytes));
      } finally {
        pool.shutdownNow();
      }
    }
    assertThat(calls).hasValue(1);
  }

  @Test
  void noArtifactWaitsForAnother() throws Exception {
    byte[] slow = bytes(1000, 1);
    CountDownLatch fetching = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    ExecutorService pool = Executors.newFixedThreadPool(1);
    try {
      Future<Optional<ByteBuffer>> first =
          pool.submit(
              () ->
                  cache()
                      .read(
                          describe(ref("tenant1", 1), slow),
                          () -> {
                            fetching.countDown();
                            FakeModels.await(go);
                            return Optional.empty();
                          }));
      FakeModels.await(fetching);
      for (int i = 0; i < 300; i++) {
        byte[] other = bytes(1000, 2 + i);
        assertRead(cache(), describe(ref("tenant2", 1 + i), other), other);
      }
      assertThat(first.isDone()).isFalse();
      go.countDown();
      assertThat(first.get(10, TimeUnit.SECONDS)).isEmpty();
    } finally {
      go.countDown();
      pool.shutdownNow();
    }
  }

  /** The same bytes may be published twice, and one of the two places be away. */
  @Test
  void theFailureOfOneModelIsNotThatOfAnother() throws Exception {
    byte[] bytes = bytes(1000, 1);
    CountDownLatch fetching = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    ExecutorService pool = Executors.newFixedThreadPool(1);
    try {
      Future<Optional<ByteBuffer>> first =
          pool.submit(
              () ->
                  cache()
                      .read(
                          describe(ref("tenant1", 1), bytes),
                          () -> {
                            fetching.countDown();
                            FakeModels.await(go);
                            throw new ServingException(ErrorCode.STORE_UNAVAILABLE, "tenant1/1");
                          }));
      FakeModels.await(fetching);
      Thread reader = Thread.currentThread();
      Thread opens =
          new Thread(
              () -> {
                Eventually.waits(reader);
                go.countDown();
              });
      opens.start();
      assertRead(cache(), describe(ref("tenant2", 1), bytes), bytes);
      opens.join(10_000);
      assertThatExceptionOfType(Exception.class)
          .isThrownBy(() -> first.get(10, TimeUnit.SECONDS))
          .withMessageContaining("tenant1/1");
    } finally {
      go.countDown();
      pool.shutdownNow();
    }
  }

  @Test
  void aBufferOutlivesTheCache() {
    for (int length : List.of(1000, 3_000_000)) {
      byte[] bytes = bytes(length, 1);
      ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
      assertRead(cache(), artifact, bytes);
    }
    byte[] bytes = bytes(3_000_000, 1);
    ByteBuffer read = cache().read(describe(ref("tenant1", 1), bytes), source(bytes)).orElseThrow();
    cache().close();
    assertThat(toArray(read)).isEqualTo(bytes);
    assertThatCode(() -> cache().close()).doesNotThrowAnyException();
  }

  @Test
  void whatHappenedIsCounted() throws Exception {
    byte[] bytes = bytes(1000, 1);
    ArtifactDescriptor artifact = describe(ref("tenant1", 1), bytes);
    assertThat(cache().counts()).isEqualTo(ArtifactCacheCounts.NONE);
    for (int i = 0; i < 3; i++) {
      assertRead(cache(), artifact, bytes);
    }
    assertThat(cache().counts()).isEqualTo(new ArtifactCacheCounts(2, 1, 1, 0, 0));
    damage(artifact);
    assertRead(cache(), artifact, bytes);
    assertThat(cache().counts()).isEqualTo(new ArtifactCacheCounts(2, 2, 2, 0, 1));
  }

  /** Gives the bytes, and counts how often. */
  protected final Supplier<Optional<ByteBuffer>> source(byte[] bytes) {
    return () -> {
      calls.incrementAndGet();
      return Optional.of(ByteBuffer.wrap(bytes));
    };
  }

  /** How often a source was asked. */
  protected final AtomicInteger calls() {
    return calls;
  }

  protected final void assertRead(ArtifactCache from, ArtifactDescriptor artifact, byte[] bytes) {
    assertThat(from.read(artifact, source(bytes)))
        .get()
        .extracting(Artifacts::toArray)
        .isEqualTo(bytes);
  }
}
