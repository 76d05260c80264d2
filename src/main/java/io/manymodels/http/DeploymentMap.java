package io.manymodels.http;

import com.fasterxml.jackson.core.io.SerializedString;
import io.manymodels.json.Json;
import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementTable;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The placement table as clients see it: tenant to deployment with a lower-case first letter.
 * Written once a generation. Immutable.
 *
 * @param size placed tenants
 * @param json the map alone, as it stands in an answer to /score
 * @param document the answer to GET /deployment_map
 */
public record DeploymentMap(int size, SerializedString json, String document) {

  private record Document(
      String generation,
      SortedMap<String, String> deploymentMap,
      SortedMap<String, String> dedicated) {}

  public static DeploymentMap of(PlacementTable table) {
    SortedMap<String, String> all = new TreeMap<>();
    table
        .placements()
        .forEach(
            (tenant, placement) -> all.put(tenant.value(), clientName(placement.deployment())));
    SortedMap<String, String> dedicated = new TreeMap<>();
    for (TenantId tenant : table.pins().keySet()) {
      dedicated.put(tenant.value(), String.valueOf(all.get(tenant.value())));
    }
    return new DeploymentMap(
        all.size(),
        new SerializedString(Json.write(all)),
        Json.write(new Document(table.generation().toString(), all, dedicated)));
  }

  /** {@code deployment9} for {@code Deployment9}. */
  static String clientName(String serveName) {
    return serveName.isEmpty()
        ? serveName
        : serveName.substring(0, 1).toLowerCase(Locale.ROOT) + serveName.substring(1);
  }

  /** {@code Deployment9} for {@code deployment9} and {@code Deployment9}. */
  static String serveName(String clientName) {
    return clientName.isEmpty()
        ? clientName
        : clientName.substring(0, 1).toUpperCase(Locale.ROOT) + clientName.substring(1);
  }
}
