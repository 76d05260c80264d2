package io.manymodels.serving;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Scheduler;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.inference.LoadedModel;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Models loaded before anybody has asked for them, which do not answer yet: whoever asks first has
 * the registry name the live version, and takes the model only if it is that one. So a version that
 * goes live while a replica warms up cannot be missed. What nobody takes is closed after a while.
 * Thread-safe.
 */
final class PreparedModels implements AutoCloseable {
  private static final Duration KEPT = Duration.ofMinutes(1);

  /** A model, and how long it took to load. */
  record Prepared(LoadedModel model, long loadMicros) {}

  private final Cache<ArtifactDescriptor, Prepared> waiting =
      Caffeine.newBuilder()
          .expireAfterWrite(KEPT)
          .scheduler(Scheduler.systemScheduler())
          .executor(Runnable::run)
          .removalListener(PreparedModels::removed)
          .build();

  private static void removed(
      @Nullable ArtifactDescriptor artifact, @Nullable Prepared prepared, RemovalCause cause) {
    // One that is taken is removed explicitly, and is its taker's to close.
    if (prepared != null && cause != RemovalCause.EXPLICIT) {
      prepared.model().close();
    }
  }

  void keep(ArtifactDescriptor artifact, Prepared prepared) {
    waiting.put(artifact, prepared);
  }

  /** The model of this artifact, which is the caller's from now on. */
  Optional<Prepared> take(ArtifactDescriptor artifact) {
    return Optional.ofNullable(waiting.asMap().remove(artifact));
  }

  /** Closes what nobody has taken. */
  @Override
  public void close() {
    waiting.asMap().keySet().forEach(artifact -> take(artifact).ifPresent(p -> p.model().close()));
  }
}
