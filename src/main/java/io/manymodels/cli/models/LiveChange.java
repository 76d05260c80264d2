package io.manymodels.cli.models;

import io.manymodels.json.ModelsJson.Application;
import io.manymodels.json.ModelsJson.Changed;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelRegistry;
import io.manymodels.registry.WritableModelRegistry;
import java.util.Optional;
import java.util.TreeMap;

/** Makes a version live, as promote and rollback do. */
final class LiveChange {

  private LiveChange() {}

  static void make(
      WritableModelRegistry store,
      ModelRef ref,
      RegistryOptions registry,
      ApplicationOptions application) {
    Optional<ModelVersion> before = liveIfKnown(store, ref.tenant());
    store.setLive(ref);
    TreeMap<TenantId, Optional<ModelVersion>> changed = new TreeMap<>();
    changed.put(ref.tenant(), Optional.of(ref.version()));
    Application told = application.tell(registry, changed);
    registry.print(
        new Changed(
            ref.tenant().value(),
            ref.version().number(),
            before.map(ModelVersion::number).orElse(null),
            told),
        ref
            + " is live"
            + before.map(version -> ", before it was version " + version).orElse("")
            + ApplicationOptions.text(told));
    ApplicationOptions.require(told, registry, ref + ": live");
  }

  /** Empty too when the alias is broken, which a change of it repairs. */
  static Optional<ModelVersion> liveIfKnown(ModelRegistry store, TenantId tenant) {
    try {
      return store.liveVersion(tenant);
    } catch (ServingException e) {
      if (e.code() != ErrorCode.LOAD_FAILED) {
        throw e;
      }
      return Optional.empty();
    }
  }
}
