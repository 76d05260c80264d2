package io.manymodels.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The body of POST /update_dedicated_pool, and its answer. Stateless. */
final class PoolBody {
  private PoolBody() {}

  /**
   * A mapping as asked for.
   *
   * @param mapping tenant to the deployment's Serve name
   * @param echo the mapping as the client wrote it
   */
  record Parsed(SortedMap<TenantId, String> mapping, String echo) {}

  /** Throws {@link ServingException} with {@code INVALID_INPUT} and every place that is wrong. */
  static Parsed parse(String body) {
    JsonNode root;
    try {
      root = Json.read(body, JsonNode.class);
    } catch (IllegalArgumentException e) {
      throw new ServingException(ErrorCode.INVALID_INPUT, String.valueOf(e.getMessage()));
    }
    JsonNode mapping = root.path("mapping");
    if (!mapping.isObject()) {
      throw new ServingException(
          ErrorCode.INVALID_INPUT,
          "/mapping: expected an object of tenant to deployment",
          List.of(new Violation("/mapping", "expected an object of tenant to deployment")));
    }
    SortedMap<TenantId, String> byTenant = new TreeMap<>();
    List<Violation> violations = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : mapping.properties()) {
      if (!entry.getValue().isTextual()) {
        violations.add(new Violation(pointer(entry.getKey()), "expected a deployment's name"));
        continue;
      }
      try {
        byTenant.put(
            new TenantId(entry.getKey()), DeploymentMap.serveName(entry.getValue().asText()));
      } catch (IllegalArgumentException e) {
        violations.add(new Violation(pointer(entry.getKey()), String.valueOf(e.getMessage())));
      }
    }
    if (!violations.isEmpty()) {
      throw new ServingException(ErrorCode.INVALID_INPUT, "the mapping is not valid", violations);
    }
    return new Parsed(byTenant, mapping.toString());
  }

  private static String pointer(String key) {
    return "/mapping/" + key.replace("~", "~0").replace("/", "~1");
  }
}
