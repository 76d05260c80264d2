package io.manymodels.serving;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.artifact.ArtifactStore;
import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.ModelLoader;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.time.Ticker;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * From a tenant to its loaded live model: registry, artifact store, digest check, loader.
 * Thread-safe; blocks for as long as the registry and the store take.
 */
public final class ModelSource {
  private static final long NANOS_PER_MICRO = 1_000;

  private final ModelRegistry registry;
  private final ArtifactStore artifacts;
  private final Map<String, ModelLoader> loaders;
  private final Ticker ticker;

  public ModelSource(
      ModelRegistry registry, ArtifactStore artifacts, List<ModelLoader> loaders, Ticker ticker) {
    this.ticker = ticker;
    this.registry = registry;
    this.artifacts = artifacts;
    this.loaders =
        loaders.stream()
            .collect(Collectors.toUnmodifiableMap(ModelLoader::format, Function.identity()));
  }

  /**
   * Loads the tenant's live model. The caller owns the reference it is born with.
   *
   * @throws ServingException {@code MODEL_NOT_FOUND}, {@code ARTIFACT_CORRUPT}, {@code LOAD_FAILED}
   *     or {@code STORE_UNAVAILABLE}; the message names tenant and version
   */
  public SharedModel load(TenantId tenant) {
    long start = ticker.nanos();
    ModelVersion version =
        registry
            .liveVersion(tenant)
            .orElseThrow(
                () ->
                    new ServingException(
                        ErrorCode.MODEL_NOT_FOUND, "tenant '" + tenant + "' has no model"));
    ModelRef ref = new ModelRef(tenant, version);
    ArtifactDescriptor artifact =
        registry.describe(ref).orElseThrow(() -> missing(ref, "it is not in the registry"));
    ByteBuffer bytes =
        artifacts.read(artifact).orElseThrow(() -> missing(ref, "its artifact is not stored"));
    if (!ArtifactDigest.of(bytes).equals(artifact.digest())) {
      throw new ServingException(
          ErrorCode.ARTIFACT_CORRUPT,
          "model " + ref + ": the artifact's SHA-256 is not the one that was published");
    }
    @Nullable ModelLoader loader = loaders.get(artifact.format());
    if (loader == null) {
      throw new ServingException(
          ErrorCode.LOAD_FAILED,
          "model " + ref + ": no loader takes the format '" + artifact.format() + "'");
    }
    LoadedModel model = loader.load(artifact, bytes);
    long micros = Math.max(0, (ticker.nanos() - start) / NANOS_PER_MICRO);
    return new SharedModel(ref, model, micros);
  }

  private static ServingException missing(ModelRef ref, String why) {
    return new ServingException(ErrorCode.LOAD_FAILED, "model " + ref + ": " + why);
  }
}
