package io.manymodels.quota;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.manymodels.config.RequestQuota;
import io.manymodels.config.TenantQuotas;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The quotas of tenants and callers in one Dispatcher. Thread-safe; never waits. Callers and
 * tenants without a quota cost nothing.
 */
public final class Quotas {
  /** Between two reports. */
  public static final Duration INTERVAL = Duration.ofMillis(500);

  /** Of a report: those who ask most. */
  public static final int MAX_REPORTED = 5_000;

  private static final int MAX_SUBJECTS = 100_000;

  /** The longest burst: a bucket that was not used for as long is full. */
  private static final Duration IDLE = Duration.ofSeconds((long) RequestQuota.MOST_BURST_SECONDS);

  private static final double NANOS_PER_SECOND = 1e9;

  private final Ticker ticker;
  private final Cache<Subject, Metered> subjects;
  private volatile TenantQuotas tenants = TenantQuotas.UNLIMITED;
  private long intervalBegan;

  public Quotas(Ticker ticker) {
    this.ticker = ticker;
    this.intervalBegan = ticker.nanos();
    this.subjects =
        Caffeine.newBuilder()
            .maximumSize(MAX_SUBJECTS)
            .expireAfterAccess(IDLE)
            .ticker(ticker::nanos)
            .executor(Runnable::run)
            .build();
  }

  /** Puts other quotas of tenants in force. */
  public void reconfigure(TenantQuotas changed) {
    tenants = changed;
  }

  /**
   * Takes a request from the quotas of its tenant and its caller, or from none of them.
   *
   * @param caller by whose name the quota is counted
   * @throws ServingException {@code QUOTA_EXCEEDED} with the time after which there is enough;
   *     {@code PAYLOAD_TOO_LARGE} when there never is
   */
  public void take(String caller, RequestQuota ofCaller, TenantId tenant, int rows) {
    RequestQuota ofTenant = tenants.of(tenant);
    @Nullable Metered first = null;
    if (ofCaller.isLimit()) {
      first = metered(Subject.caller(caller), ofCaller);
      first.take(rows);
    }
    if (ofTenant.isLimit()) {
      try {
        metered(Subject.tenant(tenant.value()), ofTenant).take(rows);
      } catch (ServingException e) {
        if (first != null) {
          first.giveBack(rows);
        }
        throw e;
      }
    }
  }

  private Metered metered(Subject subject, RequestQuota quota) {
    Metered found = subjects.get(subject, key -> new Metered(key, ticker));
    found.limit(quota);
    return found;
  }

  /** Whether anybody who has a quota asked lately: else there is nothing to share. */
  public boolean inUse() {
    return subjects.estimatedSize() > 0;
  }

  /**
   * Ends an interval. One thread at a time.
   *
   * @return what those with a quota ask for in a second here, {@link #MAX_REPORTED} of them at most
   */
  public List<RequestRates> endInterval() {
    long now = ticker.nanos();
    double seconds = Math.max(1, now - intervalBegan) / NANOS_PER_SECOND;
    intervalBegan = now;
    List<RequestRates> rates = new ArrayList<>();
    subjects
        .asMap()
        .values()
        .forEach(
            metered -> {
              RequestRates rate = metered.endInterval(seconds);
              if (rate.requests() > 0) {
                rates.add(rate);
              }
            });
    if (rates.size() > MAX_REPORTED) {
      rates.sort(Comparator.comparingDouble(RequestRates::requests).reversed());
      return List.copyOf(rates.subList(0, MAX_REPORTED));
    }
    return rates;
  }

  /** Takes this Dispatcher's share of every quota, by what all Dispatchers are asked for. */
  public void share(AllRates all) {
    Map<String, RequestRates> totals = new HashMap<>();
    all.totals().forEach(total -> totals.put(total.subject(), total));
    subjects
        .asMap()
        .values()
        .forEach(
            metered -> {
              String name = metered.subject().toString();
              RequestRates none = new RequestRates(name, 0, 0);
              metered.share(totals.getOrDefault(name, none), all.dispatchers());
            });
  }
}
