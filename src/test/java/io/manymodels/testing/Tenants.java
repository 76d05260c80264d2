package io.manymodels.testing;

import io.manymodels.model.TenantId;
import io.manymodels.routing.PredictRequest;
import io.manymodels.tensor.Rows;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Tenants by number, and what is usually asked for them. */
public final class Tenants {
  private Tenants() {}

  /** {@code tenant07} for 7, so that the order of names is that of numbers. */
  public static TenantId tenant(int number) {
    return new TenantId(String.format("tenant%02d", number));
  }

  public static List<TenantId> tenants(int... numbers) {
    return IntStream.of(numbers).mapToObj(Tenants::tenant).toList();
  }

  /** {@code firstTo(3)} is tenants 1, 2 and 3. */
  public static List<TenantId> firstTo(int last) {
    return IntStream.rangeClosed(1, last).mapToObj(Tenants::tenant).toList();
  }

  public static SortedMap<TenantId, String> mapping() {
    return new TreeMap<>();
  }

  public static SortedMap<TenantId, String> mapping(int tenant, String deployment) {
    return new TreeMap<>(Map.of(tenant(tenant), deployment));
  }

  public static SortedMap<TenantId, String> mapping(
      int one, String deploymentOfOne, int other, String deploymentOfOther) {
    SortedMap<TenantId, String> mapping = mapping(one, deploymentOfOne);
    mapping.put(tenant(other), deploymentOfOther);
    return mapping;
  }

  /** One row of four numbers, to be answered within a minute. */
  public static PredictRequest request(TenantId tenant) {
    return new PredictRequest(tenant, Rows.matrix(1, 4, new double[4]), 60_000);
  }
}
