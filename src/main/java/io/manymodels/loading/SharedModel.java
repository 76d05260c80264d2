package io.manymodels.loading;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.inference.LoadedModel;
import io.manymodels.model.ModelRef;
import io.manymodels.stats.ModelCost;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A loaded model that closes when its owner has released it and no prediction is running any more.
 * Born with one reference, the owner's. Thread-safe and lock-free.
 */
public final class SharedModel {
  private final ArtifactDescriptor artifact;
  private final LoadedModel model;
  private final ModelCost cost;
  private final Pace pace = new Pace();
  private final AtomicInteger references = new AtomicInteger(1);

  /**
   * @param loadMicros that it took to load the model
   */
  public SharedModel(ArtifactDescriptor artifact, LoadedModel model, long loadMicros) {
    this.artifact = artifact;
    this.model = model;
    this.cost = new ModelCost(model.weightBytes(), loadMicros);
  }

  public ModelRef ref() {
    return artifact.ref();
  }

  /** The artifact that it was loaded from. */
  public ArtifactDescriptor artifact() {
    return artifact;
  }

  public long weightBytes() {
    return cost.weightBytes();
  }

  /** The cost that was measured when it was loaded. */
  public ModelCost cost() {
    return cost;
  }

  /** How long its predictions take. */
  public Pace pace() {
    return pace;
  }

  /** Takes a reference; false, with none taken, when the model is closed or about to be. */
  public boolean acquire() {
    int seen = references.get();
    while (seen > 0) {
      int found = references.compareAndExchange(seen, seen + 1);
      if (found == seen) {
        return true;
      }
      seen = found;
    }
    return false;
  }

  /** The model, to be used only between {@link #acquire} and {@link #release}. */
  public LoadedModel model() {
    return model;
  }

  /** Gives a reference back; the last one closes the model. */
  public void release() {
    int left = references.decrementAndGet();
    if (left == 0) {
      model.close();
    } else if (left < 0) {
      throw new IllegalStateException("model " + ref() + " was released more often than acquired");
    }
  }
}
