package io.manymodels.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What Serve's configuration says of the application, and changes of it. */
final class ServeConfig {
  private ServeConfig() {}

  /** The only element of {@code applications} in the text of a RayService. */
  static JsonNode ofRayService(String yaml) {
    JsonNode applications =
        read(read(yaml).at("/spec/serveConfigV2").asText()).required("applications");
    if (applications.size() != 1) {
      throw new AssertionError("one application is expected in " + yaml);
    }
    return applications.get(0);
  }

  private static JsonNode read(String yaml) {
    Load load = new Load(LoadSettings.builder().build());
    return Answer.JSON.valueToTree(load.loadFromString(yaml));
  }

  /**
   * The same with other user_configs.
   *
   * @param application as {@link #ofRayService} returns it
   * @param userConfigs JSON by deployment, each of which is there
   */
  static JsonNode with(JsonNode application, Map<String, String> userConfigs) {
    JsonNode changed = application.deepCopy();
    Set<String> missing = new TreeSet<>(userConfigs.keySet());
    for (JsonNode deployment : changed.path("deployments")) {
      String name = deployment.path("name").asText();
      if (missing.remove(name)) {
        ((ObjectNode) deployment).set("user_config", Answer.read(userConfigs.get(name)));
      }
    }
    if (!missing.isEmpty()) {
      throw new AssertionError("no such deployments: " + missing);
    }
    return changed;
  }
}
