package io.manymodels.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.json.Json;
import io.manymodels.json.VersionsJson;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** The body of POST /refresh_models. Stateless. */
final class RefreshBody {
  private RefreshBody() {}

  /** Throws {@link ServingException} with {@code INVALID_INPUT} and every place that is wrong. */
  static SortedSet<TenantId> parse(String body) {
    JsonNode tenants;
    try {
      tenants = Json.read(body, JsonNode.class).path("tenants");
    } catch (IllegalArgumentException e) {
      throw new ServingException(ErrorCode.INVALID_INPUT, String.valueOf(e.getMessage()));
    }
    if (!tenants.isArray() || tenants.isEmpty() || tenants.size() > VersionsJson.MAX_TENANTS) {
      String expected = "expected a list of 1.." + VersionsJson.MAX_TENANTS + " tenants";
      throw new ServingException(
          ErrorCode.INVALID_INPUT,
          "/tenants: " + expected,
          List.of(new Violation("/tenants", expected)));
    }
    SortedSet<TenantId> named = new TreeSet<>();
    List<Violation> violations = new ArrayList<>();
    for (int i = 0; i < tenants.size(); i++) {
      try {
        named.add(new TenantId(tenants.get(i).isTextual() ? tenants.get(i).asText() : ""));
      } catch (IllegalArgumentException e) {
        violations.add(new Violation("/tenants/" + i, String.valueOf(e.getMessage())));
      }
    }
    if (!violations.isEmpty()) {
      throw new ServingException(
          ErrorCode.INVALID_INPUT,
          "the list of tenants is not valid",
          violations.subList(0, Math.min(20, violations.size())));
    }
    return named;
  }
}
