package io.manymodels.tools.simulation;

import io.manymodels.model.TenantId;
import java.util.List;

/**
 * The requests of a trace, each with tenant and time, in order of time; at least one. Takes twelve
 * bytes per request. Immutable.
 */
public final class Trace {
  private final String name;
  private final long[] millis;
  private final int[] tenantOf;
  private final List<TenantId> tenants;

  /** Takes over the arrays, which nobody changes any more. */
  Trace(String name, long[] millis, int[] tenantOf, List<TenantId> tenants) {
    this.name = name;
    this.millis = millis;
    this.tenantOf = tenantOf;
    this.tenants = List.copyOf(tenants);
  }

  /**
   * A trace of its own copies.
   *
   * @param millis of each request, {@code 0} or more, never decreasing
   * @param tenantOf of each request, the index of its tenant in {@code tenants}
   * @throws IllegalArgumentException when one of these is not so, or there is no request
   */
  public static Trace of(String name, long[] millis, int[] tenantOf, List<TenantId> tenants) {
    if (millis.length == 0 || millis.length != tenantOf.length) {
      throw new IllegalArgumentException(
          "a trace of " + millis.length + " times and " + tenantOf.length + " tenants");
    }
    long before = 0;
    for (int i = 0; i < millis.length; i++) {
      if (millis[i] < before) {
        throw new IllegalArgumentException(
            "request " + i + ": " + millis[i] + " ms after " + before);
      }
      before = millis[i];
      if (tenantOf[i] < 0 || tenantOf[i] >= tenants.size()) {
        throw new IllegalArgumentException("request " + i + ": there is no tenant " + tenantOf[i]);
      }
    }
    return new Trace(name, millis.clone(), tenantOf.clone(), tenants);
  }

  public String name() {
    return name;
  }

  /** How many requests there are. */
  public int size() {
    return millis.length;
  }

  /** When the request came, in milliseconds since whatever the trace counts from. */
  public long millis(int request) {
    return millis[request];
  }

  /** The tenant of the request, as an index into {@link #tenants}. */
  public int tenant(int request) {
    return tenantOf[request];
  }

  /** Everybody who may occur; the index is what the policies tell tenants apart by. */
  public List<TenantId> tenants() {
    return tenants;
  }

  @Override
  public String toString() {
    return name + ": " + size() + " requests, " + tenants.size() + " tenants";
  }
}
