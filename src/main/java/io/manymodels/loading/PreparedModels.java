package io.manymodels.loading;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.inference.LoadedModel;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Models loaded before anybody has asked for them, which do not answer yet: whoever asks first has
 * the registry name the live version, and takes the model only if it is that one. So a version that
 * goes live while a replica warms up cannot be missed. Thread-safe; bounded by whoever keeps them.
 */
final class PreparedModels implements AutoCloseable {
  private final ConcurrentMap<ArtifactDescriptor, Prepared> waiting = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /** A model, and how long it took to load. */
  record Prepared(LoadedModel model, long loadMicros) {}

  /** Becomes the owner of the model, which is closed at once after {@link #close}. */
  void keep(ArtifactDescriptor artifact, Prepared prepared) {
    Optional.ofNullable(waiting.put(artifact, prepared)).ifPresent(same -> same.model().close());
    if (closed) {
      drop(artifact);
    }
  }

  /** The model of this artifact, which is the caller's from now on. */
  Optional<Prepared> take(ArtifactDescriptor artifact) {
    return Optional.ofNullable(waiting.remove(artifact));
  }

  /** Closes what nobody has taken. */
  @Override
  public void close() {
    closed = true;
    waiting.keySet().forEach(this::drop);
  }

  private void drop(ArtifactDescriptor artifact) {
    take(artifact).ifPresent(untaken -> untaken.model().close());
  }
}
