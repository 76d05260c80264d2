package io.manymodels.cli.models;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.cli.console.CommandFailedException;
import io.manymodels.cli.console.ModelFile;
import io.manymodels.formats.ForeignFormat;
import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.ModelLoader;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Signature;
import io.manymodels.tensor.SomeNames;
import io.manymodels.tensor.Trial;
import io.manymodels.tensor.Usage;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks the loader that will serve a model what it makes of it: which files belong to it, what it
 * takes and answers, and whether it loads and predicts. Thread-safe.
 *
 * <p>Each method throws {@link CommandFailedException} as bad input, with the reason and what to do
 * next, when the model cannot be served; without trying, what cannot be told is a warning.
 */
final class ModelCheck {
  private final String store;
  private final boolean tries;
  private final Consumer<String> warn;
  private final SortedMap<String, ModelLoader> loaders = new TreeMap<>();

  /** Those that were warned of: what is broken is broken for each question. */
  private final Set<ModelRef> doubtful = ConcurrentHashMap.newKeySet();

  /**
   * Asks these loaders.
   *
   * @param store the registry, which is only named in what is thrown
   * @param tries whether models are loaded; else whatever the bytes are is taken
   * @param warn is told, in one line, what is no reason to refuse a model; thread-safe
   */
  ModelCheck(List<ModelLoader> loaders, String store, boolean tries, Consumer<String> warn) {
    this.store = store;
    this.tries = tries;
    this.warn = warn;
    loaders.forEach(loader -> this.loaders.put(loader.format(), loader));
  }

  /** The formats that can be served. */
  Set<String> formats() {
    return loaders.isEmpty() ? Set.of(ModelOnDisk.ONNX) : loaders.keySet();
  }

  /** The model in one piece. */
  ByteBuffer packed(ModelRef ref, ModelOnDisk model) {
    ByteBuffer bytes = model.read();
    @Nullable ModelLoader loader = loaders.get(model.format());
    if (loader == null) {
      return bytes;
    }
    try {
      ByteBuffer packed = loader.packed(ref, bytes, model.beside());
      if (packed.remaining() > ModelFile.MAX_BYTES) {
        throw CommandFailedException.badInput(
            ref
                + ": with its weights in one piece it has "
                + packed.remaining()
                + " bytes; at most "
                + ModelFile.MAX_BYTES
                + " are taken"
                + where());
      }
      return packed;
    } catch (ServingException e) {
      return unlessTried(e, ref, model, bytes, bytes);
    }
  }

  /** How the model is used, by what it says itself and what its publisher states. */
  Usage usage(ModelRef ref, ModelOnDisk model, ByteBuffer bytes, StatedUsage stated) {
    @Nullable ModelLoader loader = loaders.get(model.format());
    Optional<Signature> read = Optional.empty();
    try {
      read = loader == null ? Optional.empty() : loader.signature(ref, bytes);
    } catch (ServingException e) {
      if (stated.naming().states()) {
        throw refused(e, ref, model, bytes);
      }
      read = unlessTried(e, ref, model, bytes, read);
    }
    try {
      return stated.on(read);
    } catch (IllegalArgumentException e) {
      throw CommandFailedException.badInput(ref + ": " + e.getMessage() + where());
    }
  }

  /** Loads the model, which its loader tries, and says what is doubtful about it. */
  void check(ArtifactDescriptor artifact, ModelOnDisk model, ByteBuffer bytes) {
    if (!tries) {
      return;
    }
    @Nullable ModelLoader loader = loaders.get(artifact.format());
    if (loader == null) {
      throw CommandFailedException.badInput(
          artifact.ref()
              + ": no loader takes the format '"
              + artifact.format()
              + "', only "
              + loaders.keySet()
              + "; write one (docs/own-models.md), or make ONNX of it (./many-models models convert)"
              + where());
    }
    try (LoadedModel loaded = loader.load(artifact, bytes)) {
      loaded.warning().ifPresent(doubt -> warn.accept(named(artifact.ref(), doubt)));
      warnOfWidths(artifact.ref(), loaded.signature());
      tryOut(artifact, loaded);
    } catch (ServingException e) {
      throw refused(e, artifact.ref(), model, bytes);
    }
  }

  private void warnOfWidths(ModelRef ref, Signature signature) {
    for (ModelInput input : signature.inputs()) {
      if (input.orWider()) {
        warn.accept(
            named(
                ref,
                "the file does not say how many columns "
                    + SomeNames.quoted(input.name())
                    + " has; taken are rows of "
                    + input.width()
                    + ", as it looks at no more; if there are more, name them (--columns) or give a"
                    + " row of them (--example)"));
      }
    }
  }

  /** Loaders of a user's own need not try what they load. */
  private static void tryOut(ArtifactDescriptor artifact, LoadedModel loaded) {
    if (artifact.usage().example().isPresent()) {
      var unused = loaded.predict(artifact.usage().example().get());
      return;
    }
    try {
      var unused = loaded.predict(Trial.zeros(loaded.signature(), 1).wanting(Outputs.FIRST));
    } catch (IllegalArgumentException e) {
      // Too large a row to make up: the loader said so.
      return;
    } catch (ServingException e) {
      // Zeros may be values that the model rightly refuses.
      if (e.code() != ErrorCode.INPUT_MISMATCH) {
        throw e;
      }
    }
  }

  private <T> T unlessTried(
      ServingException e, ModelRef ref, ModelOnDisk model, ByteBuffer bytes, T otherwise) {
    if (tries) {
      throw refused(e, ref, model, bytes);
    }
    if (doubtful.add(ref)) {
      warn.accept(named(ref, String.valueOf(e.getMessage())));
    }
    return otherwise;
  }

  /** Only now is it asked what the file is, so that no model is refused for what it looks like. */
  private CommandFailedException refused(
      ServingException e, ModelRef ref, ModelOnDisk model, ByteBuffer bytes) {
    Optional<String> foreign =
        model.format().equals(ModelOnDisk.ONNX)
            ? ForeignFormat.of(bytes, ModelFile.name(model.file()))
            : Optional.empty();
    String reason =
        foreign
            .map(told -> ref + ": " + told.replace("FILE", model.file().toString()))
            .orElseGet(() -> named(ref, String.valueOf(e.getMessage())));
    return CommandFailedException.badInput(reason + where());
  }

  private String where() {
    return " (nothing was published to the registry " + store + ")";
  }

  private static String named(ModelRef ref, String reason) {
    return reason.startsWith(ref.toString()) ? reason : ref + ": " + reason;
  }
}
