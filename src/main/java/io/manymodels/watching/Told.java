package io.manymodels.watching;

import io.manymodels.holding.VersionWord.Broken;
import io.manymodels.model.ModelVersion;
import java.util.Optional;

/**
 * What the registry said of one tenant: its live version, or why that cannot be told; neither when
 * it has no model. Immutable.
 */
record Told(Optional<ModelVersion> live, Optional<Broken> broken) {
  static final Told NO_MODEL = new Told(Optional.empty(), Optional.empty());

  static Told live(ModelVersion version) {
    return new Told(Optional.of(version), Optional.empty());
  }

  static Told broken(Broken why) {
    return new Told(Optional.empty(), Optional.of(why));
  }
}
