package io.manymodels.stats;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.manymodels.model.TenantId;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A bounded set of tenants, each with a row in parallel arrays that can be scanned quickly: rows
 * {@code 0} to {@code size() - 1} are in use. When there are more tenants, a frequency sketch over
 * all requested tenants decides which are known (Caffeine's W-TinyLFU: Einziger, Friedman, Manes,
 * ACM ToS 2017), so tenants that appear once do not push out steady ones. Thread-confined.
 */
final class KnownTenants {
  private static final int FIRST_ROWS = 1024;

  /** Where a tenant's row is; it changes when another tenant is forgotten. */
  private static final class Row {
    private final TenantId tenant;
    private int number;

    private Row(TenantId tenant, int number) {
      this.tenant = tenant;
      this.number = number;
    }
  }

  private final Cache<TenantId, Row> known;
  private Row[] rows = new Row[FIRST_ROWS];
  private int maximum;
  private int size;

  /** By half-life and row: forward-decayed requests. */
  final double[][] counts;

  /** By row: one bit for each half-life whose shadow has the tenant. */
  int[] shadows = new int[FIRST_ROWS];

  /** By row: version of the model that was measured; 0 until one was. */
  long[] versions = new long[FIRST_ROWS];

  double[] loadMillis = new double[FIRST_ROWS];
  long[] weightBytes = new long[FIRST_ROWS];

  KnownTenants(int halfLives, int maximum) {
    this.maximum = maximum;
    this.counts = new double[halfLives][FIRST_ROWS];
    this.known =
        Caffeine.newBuilder()
            .maximumSize(maximum)
            .executor(Runnable::run)
            .removalListener(this::forget)
            .build();
  }

  int size() {
    return size;
  }

  /** How many more there may be before one is forgotten. */
  int room() {
    return Math.max(0, maximum - size);
  }

  TenantId tenant(int row) {
    return rows[row].tenant;
  }

  /** The tenant's row; -1 when it is not known. */
  int find(TenantId tenant) {
    @Nullable Row row = known.policy().getIfPresentQuietly(tenant);
    return row == null ? -1 : row.number;
  }

  /** The tenant's row, now that it was asked for; a new one when it was not known. */
  int touch(TenantId tenant) {
    @Nullable Row row = known.getIfPresent(tenant);
    if (row == null) {
      row = append(tenant);
      known.put(tenant, row);
    }
    return row.number;
  }

  private Row append(TenantId tenant) {
    if (size == rows.length) {
      grow(size * 2);
    }
    Row row = new Row(tenant, size);
    rows[size] = row;
    for (double[] ofHalfLife : counts) {
      ofHalfLife[size] = 0;
    }
    shadows[size] = 0;
    versions[size] = 0;
    loadMillis[size] = 0;
    weightBytes[size] = 0;
    size++;
    return row;
  }

  private void grow(int length) {
    rows = Arrays.copyOf(rows, length);
    for (int i = 0; i < counts.length; i++) {
      counts[i] = Arrays.copyOf(counts[i], length);
    }
    shadows = Arrays.copyOf(shadows, length);
    versions = Arrays.copyOf(versions, length);
    loadMillis = Arrays.copyOf(loadMillis, length);
    weightBytes = Arrays.copyOf(weightBytes, length);
  }

  /** The last row takes the place of the forgotten one. */
  private void forget(@Nullable TenantId tenant, @Nullable Row gone, RemovalCause cause) {
    if (gone == null) {
      return;
    }
    int hole = gone.number;
    int last = --size;
    Row moved = rows[last];
    rows[hole] = moved;
    moved.number = hole;
    for (double[] ofHalfLife : counts) {
      ofHalfLife[hole] = ofHalfLife[last];
    }
    shadows[hole] = shadows[last];
    versions[hole] = versions[last];
    loadMillis[hole] = loadMillis[last];
    weightBytes[hole] = weightBytes[last];
    gone.number = -1;
  }

  void setMaximum(int tenants) {
    maximum = tenants;
    known.policy().eviction().ifPresent(eviction -> eviction.setMaximum(tenants));
    known.cleanUp();
  }
}
