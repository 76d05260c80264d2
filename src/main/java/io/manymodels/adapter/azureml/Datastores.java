package io.manymodels.adapter.azureml;

import io.manymodels.model.ModelRef;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which container a datastore is. Remembers the answers, for they hardly ever change and every load
 * needs one: a few dozen, until an outage of storage suggests that one has changed. Thread-safe.
 */
final class Datastores {
  private static final int MAX_REMEMBERED = 64;
  private static final String DEFAULT_CLOUD = "core.windows.net";
  private static final Pattern ACCOUNT = Pattern.compile("[a-z0-9]{3,24}");
  private static final Pattern CLOUD = Pattern.compile("[a-z0-9.-]{1,100}");
  private static final Pattern CONTAINER = Pattern.compile("[$a-z0-9-]{1,63}");

  private final AzureMlModels models;
  private final Map<String, Container> known = new ConcurrentHashMap<>();

  Datastores(AzureMlModels models) {
    this.models = models;
  }

  private record Container(String endpoint, String name) {}

  /** The blob or folder; {@code LOAD_FAILED} when the datastore is missing or of another kind. */
  ArtifactLocation.Blob resolve(ModelRef ref, ArtifactLocation.Datastore datastore) {
    ArmResource own = models.location().resource();
    ArmResource workspace = datastore.workspace() == null ? own : datastore.workspace();
    String key = workspace.path() + "/" + datastore.name();
    @Nullable Container container = known.get(key);
    if (container == null) {
      container = ask(ref, workspace, datastore.name());
      if (known.size() >= MAX_REMEMBERED) {
        known.clear();
      }
      known.put(key, container);
    }
    return new ArtifactLocation.Blob(container.endpoint(), container.name(), datastore.path());
  }

  void forget() {
    known.clear();
  }

  private Container ask(ModelRef ref, ArmResource workspace, String name) {
    String action = "reading the datastore " + name + " of " + ref;
    DatastoreResource.Properties found =
        models
            .datastore(workspace, name, action)
            .map(DatastoreResource::properties)
            .orElseThrow(
                () ->
                    AzureMlFailures.loadFailed(
                        ref, "there is no datastore " + name + " in " + workspace));
    if (!"AzureBlob".equals(found.datastoreType())) {
      throw AzureMlFailures.loadFailed(ref, "its datastore " + name + " is not one of blobs");
    }
    String account = String.valueOf(found.accountName());
    String container = String.valueOf(found.containerName());
    String cloud = found.endpoint() == null ? DEFAULT_CLOUD : found.endpoint();
    String host = account + ".blob." + cloud;
    if (!ACCOUNT.matcher(account).matches()
        || !CLOUD.matcher(cloud).matches()
        || !CONTAINER.matcher(container).matches()) {
      throw AzureMlFailures.loadFailed(ref, "its datastore " + name + " names no container");
    }
    try {
      ArtifactLocation.requireStorage(host);
    } catch (IllegalArgumentException e) {
      throw AzureMlFailures.loadFailed(ref, "its datastore " + name + ": " + e.getMessage());
    }
    return new Container("https://" + host, container);
  }
}
