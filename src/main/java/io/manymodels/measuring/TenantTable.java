package io.manymodels.measuring;

import io.manymodels.model.TenantId;
import io.manymodels.time.Ticker;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The figures of each tenant, in bounded memory: of at most {@link #MAX_TENANTS} tenants, with
 * latencies of {@link #MAX_SKETCH_BYTES} in all. When there are more, those that have been quiet
 * for longest are forgotten, or their latencies. Thread-safe.
 */
final class TenantTable {
  static final int MAX_TENANTS = 100_000;

  /** Some 300 bytes for each tenant, so that all is within 64 MiB with names of any length. */
  static final int MAX_SKETCH_BYTES = 30 << 20;

  /** Forgotten at once, so that the next ones need not look for the quietest again. */
  private static final int BATCH = 20;

  /** Of a tenant that is among the slowest of now. */
  private static final double ASKED_LATELY = 1;

  private static final double FAILED_LATELY = 0.5;

  private final Ticker ticker;
  private final int maxTenants;
  private final int maxSketchBytes;
  private final Map<TenantId, TenantRow> rows = new HashMap<>();
  private final long[] scratch = new long[Buckets.COUNT];
  private long sketchBytes;

  TenantTable(Ticker ticker) {
    this(ticker, MAX_TENANTS, MAX_SKETCH_BYTES);
  }

  TenantTable(Ticker ticker, int maxTenants, int maxSketchBytes) {
    this.ticker = ticker;
    this.maxTenants = maxTenants;
    this.maxSketchBytes = maxSketchBytes;
  }

  synchronized void add(Collection<TenantMeasured> measured) {
    long now = ticker.now().toEpochMilli();
    for (TenantMeasured each : measured) {
      @Nullable TenantRow row = rows.get(each.tenant());
      if (row == null) {
        if (each.answered() + each.errors() + each.predictionMicros() == 0) {
          // Nothing says that there is such a tenant.
          continue;
        }
        if (rows.size() >= maxTenants) {
          forgetQuietest();
        }
        row = new TenantRow(each.tenant(), now);
        rows.put(each.tenant(), row);
      }
      sketchBytes += row.add(each, now, scratch);
    }
    if (sketchBytes > maxSketchBytes) {
      forgetLatencies();
    }
  }

  private void forgetQuietest() {
    long newest = quietUntil(row -> 1, rows.size() / BATCH + 1);
    rows.values()
        .removeIf(
            row -> {
              boolean quiet = row.lastUsed() <= newest;
              sketchBytes -= quiet ? row.sketchBytes() : 0;
              return quiet;
            });
  }

  private void forgetLatencies() {
    long newest =
        quietUntil(TenantRow::sketchBytes, sketchBytes - maxSketchBytes + maxSketchBytes / BATCH);
    for (TenantRow row : rows.values()) {
      if (row.lastUsed() <= newest) {
        sketchBytes -= row.forgetLatencies();
      }
    }
  }

  /** When the quietest tenants were used at the latest that together weigh {@code enough}. */
  private long quietUntil(ToLongFunction<TenantRow> weight, long enough) {
    TenantRow[] sorted = rows.values().toArray(TenantRow[]::new);
    Arrays.sort(sorted, (one, other) -> Long.compare(one.lastUsed(), other.lastUsed()));
    long sum = 0;
    for (TenantRow row : sorted) {
      sum += weight.applyAsLong(row);
      if (sum >= enough) {
        return row.lastUsed();
      }
    }
    return Long.MAX_VALUE;
  }

  synchronized int size() {
    return rows.size();
  }

  /** Bytes of all latencies. */
  synchronized long sketchBytes() {
    return sketchBytes;
  }

  /** Of one tenant; empty when nothing is known of it. */
  synchronized Optional<TenantFigures> find(TenantId tenant) {
    return Optional.ofNullable(rows.get(tenant)).map(row -> row.figures(now()));
  }

  private long now() {
    return ticker.now().toEpochMilli();
  }

  /** The first ones in an order, of those that {@code wanted} lets through. */
  synchronized List<TenantFigures> list(TenantOrder order, int limit, Predicate<TenantId> wanted) {
    Best best = new Best(order, limit);
    long now = now();
    for (TenantRow row : rows.values()) {
      if (wanted.test(row.tenant())) {
        best.offer(row.figures(now));
      }
    }
    return best.inOrder();
  }

  /** The busiest, the slowest and the most failing tenants of now: so many of each. */
  synchronized List<TenantFigures> remarkable(int ofEach) {
    Best busiest = new Best(TenantOrder.REQUESTS, ofEach);
    Best slowest = new Best(TenantOrder.P99, ofEach);
    Best failing = new Best(TenantOrder.ERRORS, ofEach);
    long now = now();
    for (TenantRow row : rows.values()) {
      TenantFigures figures = row.figures(now);
      if (figures.recentRequests() >= ASKED_LATELY) {
        busiest.offer(figures);
        slowest.offer(figures);
      }
      if (figures.recentErrors() >= FAILED_LATELY) {
        failing.offer(figures);
      }
    }
    Map<TenantId, TenantFigures> all = new LinkedHashMap<>();
    for (Best best : List.of(busiest, slowest, failing)) {
      best.inOrder().forEach(figures -> all.put(figures.tenant(), figures));
    }
    return List.copyOf(all.values());
  }

  /** The first ones in an order. */
  private static final class Best {
    private final TenantOrder order;
    private final int limit;
    private final PriorityQueue<TenantFigures> last;

    Best(TenantOrder order, int limit) {
      this.order = order;
      this.limit = limit;
      this.last = new PriorityQueue<>(order.order().reversed());
    }

    void offer(TenantFigures figures) {
      if (last.size() < limit) {
        last.add(figures);
      } else if (limit > 0 && order.order().compare(figures, last.element()) < 0) {
        last.remove();
        last.add(figures);
      }
    }

    List<TenantFigures> inOrder() {
      return last.stream().sorted(order.order()).toList();
    }
  }
}
