package io.manymodels.loading;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.inference.LoaderUnavailableException;
import io.manymodels.inference.ModelLoader;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.tensor.Naming;
import io.manymodels.tensor.Signature;
import io.manymodels.tensor.Usage;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells what models take and answer, from the registry's metadata. Of a version that was published
 * without a signature the artifact is read, one at a time, if it has at most 64 MiB; the signatures
 * of the last thousand of these are remembered. No model is loaded. Thread-safe; blocks for as long
 * as the registry takes.
 */
public final class ModelDescriptions {
  static final long MAX_READ_BYTES = 64L << 20;
  private static final int REMEMBERED = 1_000;

  private final Supplier<ModelRegistry> registry;
  private final Supplier<ArtifactStore> artifacts;
  private final Supplier<List<ModelLoader>> loaders;
  private final Cache<ArtifactDigest, Signature> read =
      Caffeine.newBuilder().maximumSize(REMEMBERED).build();

  /**
   * Opens nothing before it is needed.
   *
   * @param registry the same one at each call
   * @param artifacts one of its own at each call, which is closed after use
   * @param loaders of all formats
   */
  public ModelDescriptions(
      Supplier<ModelRegistry> registry,
      Supplier<ArtifactStore> artifacts,
      Supplier<List<ModelLoader>> loaders) {
    this.registry = registry;
    this.artifacts = artifacts;
    this.loaders = loaders;
  }

  /**
   * A version and its use.
   *
   * @param artifact with its signature, unless there is a note
   * @param note why there is no signature, in one line
   */
  public record Described(ArtifactDescriptor artifact, Optional<String> note) {}

  /**
   * The live version of the tenant's model.
   *
   * @throws ServingException {@code MODEL_NOT_FOUND}, {@code LOAD_FAILED} when its metadata cannot
   *     be understood, {@code STORE_UNAVAILABLE}
   */
  public Described live(TenantId tenant) {
    return of(LiveLookup.of(tenant, registry.get()));
  }

  /** A version. Throws {@code STORE_UNAVAILABLE} when its artifact cannot be read. */
  public Described of(ArtifactDescriptor artifact) {
    if (artifact.usage().signature().isPresent()) {
      return new Described(artifact, Optional.empty());
    }
    try {
      Usage usage = artifact.usage();
      Signature named = usage.naming().on(signature(artifact));
      return new Described(
          artifact.withUsage(
              new Usage(Optional.of(named), Naming.NONE, usage.example(), usage.exampleText())),
          Optional.empty());
    } catch (ServingException e) {
      if (e.code() == ErrorCode.STORE_UNAVAILABLE) {
        throw e;
      }
      return without(artifact, e);
    } catch (IllegalArgumentException | LoaderUnavailableException e) {
      return without(artifact, e);
    }
  }

  private static Described without(ArtifactDescriptor artifact, RuntimeException e) {
    return new Described(artifact, Optional.of(String.valueOf(e.getMessage())));
  }

  private Signature signature(ArtifactDescriptor artifact) {
    @Nullable Signature known = read.getIfPresent(artifact.digest());
    if (known == null) {
      known = readSignature(artifact);
      read.put(artifact.digest(), known);
    }
    return known;
  }

  /** One at a time, so that the bytes of one are in memory at most. */
  private synchronized Signature readSignature(ArtifactDescriptor artifact) {
    if (artifact.sizeBytes() > MAX_READ_BYTES) {
      throw failed(
          artifact,
          "it was published without its inputs and outputs and is too large"
              + " to be read for them; publish it again");
    }
    ModelLoader loader =
        loaders.get().stream()
            .filter(one -> one.format().equals(artifact.format()))
            .findFirst()
            .orElseThrow(
                () -> failed(artifact, "no loader takes the format '" + artifact.format() + "'"));
    try (ArtifactStore store = artifacts.get()) {
      ByteBuffer bytes =
          store
              .read(artifact)
              .orElseThrow(() -> failed(artifact, "its artifact is not in the registry"));
      if (!ArtifactDigest.of(bytes).equals(artifact.digest())) {
        throw failed(artifact, "its artifact is not the one that was published");
      }
      return loader
          .signature(artifact.ref(), bytes)
          .orElseThrow(() -> failed(artifact, "only a load can tell what it takes"));
    }
  }

  private static ServingException failed(ArtifactDescriptor artifact, String why) {
    return new ServingException(ErrorCode.LOAD_FAILED, artifact.ref() + ": " + why);
  }
}
