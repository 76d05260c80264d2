package io.manymodels.standalone;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.json.Json;
import io.manymodels.json.Yaml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the configuration of the application as Ray Serve has it: a RayService of KubeRay with a
 * {@code serveConfigV2}, or the content of that alone. Settings of Ray are passed over and named.
 * Stateless.
 *
 * <p>What is wrong throws {@link IllegalArgumentException} with one line that names the place. A
 * user_config is not judged here: each deployment takes or refuses its own.
 */
public final class ServeConfigFile {
  private static final int MAX_BYTES = 4 << 20;
  private static final int MAX_ALIASES = 50;
  private static final String SERVE_CONFIG = "serveConfigV2";
  private static final String IMPORT_PATH = "manymodels.application:build";

  /** Ray 2.60.0, serve/schema.py: ServeDeploySchema. */
  private static final Set<String> RAY_KEYS =
      Set.of("proxy_location", "http_options", "grpc_options", "logging_config", "target_capacity");

  /** Ray 2.60.0, serve/schema.py: ServeApplicationSchema. */
  private static final Set<String> RAY_APPLICATION_KEYS =
      Set.of(
          "name",
          "route_prefix",
          "import_path",
          "runtime_env",
          "host",
          "port",
          "external_scaler_enabled",
          "autoscaling_policy",
          "logging_config");

  /** Ray 2.60.0, serve/schema.py: DeploymentSchema. */
  private static final Set<String> RAY_DEPLOYMENT_KEYS =
      Set.of(
          "num_replicas",
          "max_ongoing_requests",
          "max_queued_requests",
          "autoscaling_config",
          "graceful_shutdown_wait_loop_s",
          "graceful_shutdown_timeout_s",
          "health_check_period_s",
          "health_check_timeout_s",
          "ray_actor_options",
          "placement_group_bundles",
          "placement_group_strategy",
          "max_replicas_per_node",
          "logging_config",
          "request_router_config");

  private ServeConfigFile() {}

  /** Reads a file of at most 4 MiB. */
  public static ServedApplication read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IllegalArgumentException("the file is larger than 4 MiB");
    }
    return parse(Files.readString(file));
  }

  static ServedApplication parse(String text) {
    Map<?, ?> root = map("the file", Yaml.load(text, MAX_ALIASES));
    List<String> skipped = new ArrayList<>();
    if (root.containsKey("applications")) {
      return application(root, skipped);
    }
    Object spec = root.get("spec");
    Object inner = spec instanceof Map<?, ?> fields ? fields.get(SERVE_CONFIG) : null;
    if (!(inner instanceof String serveConfig)) {
      throw new IllegalArgumentException(
          "there is neither 'applications' nor 'spec." + SERVE_CONFIG + "'");
    }
    for (Object key : map("spec", spec).keySet()) {
      if (!key.equals(SERVE_CONFIG)) {
        addOnce(skipped, "spec." + key);
      }
    }
    return application(map(SERVE_CONFIG, Yaml.load(serveConfig, MAX_ALIASES)), skipped);
  }

  private static ServedApplication application(Map<?, ?> config, List<String> skipped) {
    skip(config, Set.of("applications"), RAY_KEYS, "", skipped);
    Map<?, ?> found = null;
    for (Object each : list("applications", config.get("applications"))) {
      Map<?, ?> fields = map("applications", each);
      if (!IMPORT_PATH.equals(fields.get("import_path"))) {
        skipped.add("application " + fields.get("name"));
      } else if (found != null) {
        throw new IllegalArgumentException(
            "applications: two of them have import_path " + IMPORT_PATH);
      } else {
        found = fields;
      }
    }
    if (found == null) {
      throw new IllegalArgumentException("applications: none has import_path " + IMPORT_PATH);
    }
    skip(found, Set.of("args", "deployments"), RAY_APPLICATION_KEYS, "", skipped);
    skipped.removeAll(List.of("name", "import_path"));
    ApplicationConfig application = ServedApplication.application(hotDeployments(found));
    ServedApplication bare = new ServedApplication(application, new TreeMap<>(), List.of());
    return new ServedApplication(
        application, userConfigs(found, bare.deployments(), skipped), skipped);
  }

  private static int hotDeployments(Map<?, ?> application) {
    Object args = application.get("args");
    if (args == null) {
      return ServedApplication.DEFAULT_HOT_DEPLOYMENTS;
    }
    Map<?, ?> given = map("args", args);
    for (Object key : given.keySet()) {
      if (!key.equals("hot_deployments")) {
        throw new IllegalArgumentException("args: unknown key '" + key + "'");
      }
    }
    Object count = given.get("hot_deployments");
    if (count == null) {
      return ServedApplication.DEFAULT_HOT_DEPLOYMENTS;
    }
    if (!(count instanceof Integer number)
        || number < 1
        || number > ServedApplication.MAX_HOT_DEPLOYMENTS) {
      throw new IllegalArgumentException(
          "args: hot_deployments: "
              + count
              + " is not in 1.."
              + ServedApplication.MAX_HOT_DEPLOYMENTS);
    }
    return number;
  }

  private static SortedMap<String, String> userConfigs(
      Map<?, ?> application, List<String> known, List<String> skipped) {
    SortedMap<String, String> configs = new TreeMap<>();
    Object deployments = application.get("deployments");
    for (Object each : deployments == null ? List.of() : list("deployments", deployments)) {
      Map<?, ?> fields = map("deployments", each);
      String name = String.valueOf(fields.get("name"));
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "deployments: there is no '" + name + "'; hot_deployments says how many there are");
      }
      skip(fields, Set.of("name", "user_config"), RAY_DEPLOYMENT_KEYS, " of " + name, skipped);
      Object config = fields.get("user_config");
      if (configs.put(name, config == null ? "{}" : Json.write(config)) != null) {
        throw new IllegalArgumentException("deployments: '" + name + "' is there twice");
      }
    }
    return configs;
  }

  private static void skip(
      Map<?, ?> fields, Set<String> ours, Set<String> rays, String of, List<String> skipped) {
    for (Object key : fields.keySet()) {
      String name = String.valueOf(key);
      if (rays.contains(name)) {
        addOnce(skipped, name);
      } else if (!ours.contains(name)) {
        throw new IllegalArgumentException("unknown key '" + name + "'" + of);
      }
    }
  }

  private static void addOnce(List<String> names, String name) {
    if (!names.contains(name)) {
      names.add(name);
    }
  }

  private static Map<?, ?> map(String what, @Nullable Object value) {
    if (value instanceof Map<?, ?> fields) {
      return fields;
    }
    throw new IllegalArgumentException(what + ": expected keys and values");
  }

  private static List<?> list(String what, @Nullable Object value) {
    if (value instanceof List<?> entries) {
      return entries;
    }
    throw new IllegalArgumentException(what + ": expected a list");
  }
}
