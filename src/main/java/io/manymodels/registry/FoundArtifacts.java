package io.manymodels.registry;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ModelRef;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Artifacts without metadata, whose digest and size a registry finds out by reading them. Each is
 * remembered, {@value #REMEMBERED} at most; the least recently asked for goes first. Thread-safe.
 */
public final class FoundArtifacts {
  /** Of an MLflow folder some kilobytes each, with its columns and example. */
  static final int REMEMBERED = 10_000;

  private static final boolean BY_ACCESS = true;

  private final Map<ModelRef, Found> remembered =
      new LinkedHashMap<>(16, 0.75f, BY_ACCESS) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ModelRef, Found> eldest) {
          return size() > REMEMBERED;
        }
      };

  private record Found(String state, ArtifactDescriptor artifact) {}

  /**
   * The artifact of a version.
   *
   * @param state of its files: another one when they may have changed, for a copy that was not
   *     finished when it was read first
   * @param find reads the artifact; what it throws is not remembered
   */
  public ArtifactDescriptor get(ModelRef ref, String state, Supplier<ArtifactDescriptor> find) {
    synchronized (remembered) {
      @Nullable Found found = remembered.get(ref);
      if (found != null && found.state().equals(state)) {
        return found.artifact();
      }
    }
    ArtifactDescriptor artifact = find.get();
    synchronized (remembered) {
      remembered.put(ref, new Found(state, artifact));
    }
    return artifact;
  }
}
