package io.manymodels.loading;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistry;

/** Asks a registry for what is live. Stateless. */
final class LiveLookup {
  private LiveLookup() {}

  /** Throws {@code MODEL_NOT_FOUND}, {@code LOAD_FAILED} or {@code STORE_UNAVAILABLE}. */
  static ArtifactDescriptor of(TenantId tenant, ModelRegistry registry) {
    ModelVersion version =
        registry
            .liveVersion(tenant)
            .orElseThrow(
                () ->
                    new ServingException(
                        ErrorCode.MODEL_NOT_FOUND, "tenant '" + tenant + "' has no model"));
    ModelRef ref = new ModelRef(tenant, version);
    return registry
        .describe(ref)
        .orElseThrow(
            () ->
                new ServingException(
                    ErrorCode.LOAD_FAILED, "model " + ref + ": it is not in the registry"));
  }
}
