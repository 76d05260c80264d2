package io.manymodels.adapter.azureml;

import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The URI of a registry: {@code azureml://subscriptions/S/resourceGroups/G/workspaces/W} or {@code
 * .../registries/R}, with {@code ?arm=https://host} and {@code ?api-version=date} where they are
 * not the usual ones.
 */
record AzureMlLocation(ArmEndpoint arm, ArmResource resource) {
  static final String SCHEME = "azureml";
  private static final String EXPECTED =
      "expected azureml://subscriptions/S/resourceGroups/G/workspaces/W or"
          + " azureml://subscriptions/S/resourceGroups/G/registries/R,"
          + " with ?arm=https://host and ?api-version=date";

  /**
   * Throws {@link IllegalArgumentException} with what is expected, and without the URI itself: it
   * is refused also when somebody has put a secret into it.
   */
  static AzureMlLocation parse(URI location) {
    try {
      return read(location);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(EXPECTED + " (" + e.getMessage() + ")", e);
    }
  }

  private static AzureMlLocation read(URI location) {
    @Nullable String path = location.getRawPath();
    if (!SCHEME.equalsIgnoreCase(location.getScheme())
        || !"subscriptions".equals(location.getRawAuthority())
        || path == null
        || location.getRawFragment() != null) {
      throw new IllegalArgumentException("it starts in another way");
    }
    String[] parts = path.split("/", -1);
    if (parts.length != 6 || !parts[2].toLowerCase(Locale.ROOT).equals("resourcegroups")) {
      throw new IllegalArgumentException("it names no resource of a resource group");
    }
    Map<String, String> query = query(location.getQuery());
    ArmEndpoint arm =
        ArmEndpoint.of(
            query.getOrDefault("arm", ArmEndpoint.PUBLIC),
            query.getOrDefault("api-version", ArmEndpoint.DEFAULT_API_VERSION));
    return new AzureMlLocation(arm, ArmResource.of(parts[1], parts[3], kind(parts[4]), parts[5]));
  }

  private static ArmResource.Kind kind(String segment) {
    for (ArmResource.Kind kind : ArmResource.Kind.values()) {
      if (kind.segment().equals(segment)) {
        return kind;
      }
    }
    throw new IllegalArgumentException("it names neither a workspace nor a registry");
  }

  private static Map<String, String> query(@Nullable String text) {
    Map<String, String> query = new TreeMap<>();
    if (text == null) {
      return query;
    }
    for (String pair : text.split("&", -1)) {
      int equals = pair.indexOf('=');
      String key = equals < 0 ? pair : pair.substring(0, equals);
      if (equals < 0 || !(key.equals("arm") || key.equals("api-version"))) {
        throw new IllegalArgumentException("the query takes arm and api-version only");
      }
      if (query.put(key, pair.substring(equals + 1)) != null) {
        throw new IllegalArgumentException(key + " is given twice");
      }
    }
    return query;
  }
}
