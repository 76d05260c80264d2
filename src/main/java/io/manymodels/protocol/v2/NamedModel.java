package io.manymodels.protocol.v2;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.tensor.SomeNames;
import java.util.Optional;

/**
 * A model as a request names it.
 *
 * @param version empty for the live one
 */
public record NamedModel(TenantId tenant, Optional<ModelVersion> version) {
  /**
   * The model of these names.
   *
   * @param version empty for the live one
   * @throws ServingException {@code MODEL_NOT_FOUND} when no model can have the name, {@code
   *     MODEL_VERSION_NOT_FOUND} when none can have the version
   */
  public static NamedModel of(String name, String version) {
    TenantId tenant =
        TenantId.parse(name)
            .orElseThrow(
                () ->
                    new ServingException(
                        ErrorCode.MODEL_NOT_FOUND, "there is no model " + SomeNames.quoted(name)));
    if (version.isEmpty()) {
      return new NamedModel(tenant, Optional.empty());
    }
    Optional<ModelVersion> number = ModelVersion.parse(version);
    if (number.isEmpty()) {
      throw new ServingException(
          ErrorCode.MODEL_VERSION_NOT_FOUND,
          "there is no version "
              + SomeNames.quoted(version)
              + " of '"
              + tenant
              + "'; a version is a whole number from 1 on");
    }
    return new NamedModel(tenant, number);
  }
}
