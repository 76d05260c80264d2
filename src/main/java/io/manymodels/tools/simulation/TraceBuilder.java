package io.manymodels.tools.simulation;

import io.manymodels.model.TenantId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects the requests of a trace whose length is not known before. Thread-confined. */
final class TraceBuilder {
  private static final int INITIAL = 1 << 12;
  private final Map<String, Integer> indexes = new HashMap<>();
  private final List<TenantId> tenants = new ArrayList<>();
  private long[] millis = new long[INITIAL];
  private int[] tenantOf = new int[INITIAL];
  private int size;

  /** Throws {@link IllegalArgumentException}, with the rule, for a name that is not valid. */
  void add(long at, String tenant) {
    @Nullable Integer index = indexes.get(tenant);
    if (index == null) {
      tenants.add(new TenantId(tenant));
      index = indexes.size();
      indexes.put(tenant, index);
    }
    if (size == millis.length) {
      int larger = Math.addExact(size, size >> 1);
      millis = Arrays.copyOf(millis, larger);
      tenantOf = Arrays.copyOf(tenantOf, larger);
    }
    millis[size] = at;
    tenantOf[size] = index;
    size++;
  }

  boolean isEmpty() {
    return size == 0;
  }

  Trace build(String name) {
    return new Trace(name, Arrays.copyOf(millis, size), Arrays.copyOf(tenantOf, size), tenants);
  }
}
