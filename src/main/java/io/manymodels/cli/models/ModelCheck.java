package io.manymodels.cli.models;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.ModelLoader;
import io.manymodels.model.ServingException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Loads a model by the loader that will serve it, and predicts once. Thread-safe. */
final class ModelCheck {
  private final String store;
  private final SortedMap<String, ModelLoader> loaders = new TreeMap<>();

  /** The store is only named in what is thrown. */
  ModelCheck(List<ModelLoader> loaders, String store) {
    this.store = store;
    loaders.forEach(loader -> this.loaders.put(loader.format(), loader));
  }

  /**
   * Throws {@link CommandFailedException} as bad input, with the reason, when it cannot serve.
   *
   * @return the loader's {@link LoadedModel#warning}
   */
  Optional<String> check(ArtifactDescriptor artifact, ByteBuffer bytes) {
    @Nullable ModelLoader loader = loaders.get(artifact.format());
    if (loader == null) {
      throw CommandFailedException.badInput(
          artifact.ref()
              + ": no loader takes the format '"
              + artifact.format()
              + "', only "
              + loaders.keySet()
              + where());
    }
    try (LoadedModel model = loader.load(artifact, bytes)) {
      return model.warning();
    } catch (ServingException e) {
      throw CommandFailedException.badInput(refusal(artifact, e));
    }
  }

  private String where() {
    return " (nothing was published to the registry " + store + ")";
  }

  private String refusal(ArtifactDescriptor artifact, ServingException e) {
    String reason = String.valueOf(e.getMessage());
    String named = artifact.ref().toString();
    return (reason.startsWith(named) ? reason : named + ": " + reason) + where();
  }
}
