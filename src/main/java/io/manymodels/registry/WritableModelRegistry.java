package io.manymodels.registry;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.model.ModelRef;
import io.manymodels.model.TenantId;
import java.nio.ByteBuffer;

/**
 * A registry that models are published to. Thread-safe, and safe against other publishers in other
 * processes: each change is seen wholly or not at all.
 */
public interface WritableModelRegistry extends ModelRegistry {

  /**
   * Publishes a version, which never changes afterwards. Does not touch the alias {@code live}.
   *
   * @param description for people, may be empty
   * @param bytes the buffer's remaining bytes, which the descriptor describes; its position does
   *     not move
   * @throws io.manymodels.model.ServingException {@code VERSION_EXISTS}, with nothing changed, when
   *     there is such a version: of several publishers of one version exactly one succeeds; {@code
   *     STORE_UNAVAILABLE}
   */
  void publish(ArtifactDescriptor artifact, String description, ByteBuffer bytes);

  /**
   * Sets the alias {@code live}. Idempotent.
   *
   * @throws io.manymodels.model.ServingException {@code MODEL_VERSION_NOT_FOUND} when there is no
   *     such version; {@code STORE_UNAVAILABLE}
   */
  void setLive(ModelRef ref);

  /**
   * Makes sure that the live version stays what it is when a higher one is published: sets the
   * alias {@code live} to the live version when there is no alias; does nothing for a tenant
   * without a model. Idempotent.
   *
   * <p>As it is here, a {@link #setLive} by another publisher between its two calls is undone; a
   * registry that can set the alias only if there is none overrides it.
   *
   * @throws io.manymodels.model.ServingException as {@link #liveVersion} and {@link #setLive}
   */
  default void keepLive(TenantId tenant) {
    liveVersion(tenant).ifPresent(version -> setLive(new ModelRef(tenant, version)));
  }

  /**
   * Deletes a version that is not live.
   *
   * @throws io.manymodels.model.ServingException {@code MODEL_VERSION_NOT_FOUND}; {@code
   *     VERSION_LIVE}, with nothing changed, when it is the live one; {@code STORE_UNAVAILABLE}
   */
  void delete(ModelRef ref);

  /**
   * Deletes all that there is of a tenant: first what makes it visible, then the rest.
   *
   * @throws io.manymodels.model.ServingException {@code MODEL_NOT_FOUND}; {@code STORE_UNAVAILABLE}
   */
  void delete(TenantId tenant);
}
