package io.manymodels.scoring;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.routing.RunningPrediction;
import io.manymodels.tensor.Rows;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * The requests that have ended a replica, and are refused for ten minutes: by tenant, model version
 * and fingerprint of the rows. A version that three of them have crashed is refused whatever the
 * rows are. Thread-safe; costs one look into an empty map while there are none.
 */
public final class Quarantine {
  /** When it is full, the tenant whose time is up first is released. */
  static final int MAX_TENANTS = 1_024;

  static final int MAX_REQUESTS = 3;
  static final Duration PERIOD = Duration.ofMinutes(10);

  private static final System.Logger LOG = System.getLogger(Quarantine.class.getName());

  private record Entry(ModelVersion version, Set<Long> fingerprints, Deadline end) {
    private boolean refuses(Rows rows) {
      return fingerprints.size() >= MAX_REQUESTS || fingerprints.contains(rows.fingerprint());
    }
  }

  private final ConcurrentMap<TenantId, Entry> entries = new ConcurrentHashMap<>();
  private final Ticker ticker;

  public Quarantine(Ticker ticker) {
    this.ticker = ticker;
  }

  /**
   * A model that is in quarantine.
   *
   * @param requests that crashed it, counted up to three; from then on all are refused
   */
  public record Quarantined(ModelRef ref, int requests, Duration left) {}

  /** Refuses requests like this one for a while; false when they were refused already. */
  public boolean add(RunningPrediction culprit) {
    TenantId tenant = culprit.ref().tenant();
    if (!entries.containsKey(tenant) && entries.size() >= MAX_TENANTS) {
      releaseOne();
    }
    boolean[] added = {false};
    entries.compute(
        tenant,
        (t, found) -> {
          Set<Long> fingerprints = new HashSet<>();
          if (found != null && found.version().equals(culprit.ref().version()) && isIn(found)) {
            fingerprints.addAll(found.fingerprints());
          }
          added[0] = fingerprints.size() < MAX_REQUESTS && fingerprints.add(culprit.fingerprint());
          return added[0] || found == null
              ? new Entry(
                  culprit.ref().version(), Set.copyOf(fingerprints), Deadline.after(PERIOD, ticker))
              : found;
        });
    if (added[0]) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} ended the replica that ran it: requests like that one are refused for {1} min",
          culprit.ref(),
          PERIOD.toMinutes());
    }
    return added[0];
  }

  private static boolean isIn(Entry entry) {
    return !entry.end().passed();
  }

  private void releaseOne() {
    entries.entrySet().stream()
        .min(Comparator.comparing(entry -> entry.getValue().end().remaining()))
        .map(Map.Entry::getKey)
        .ifPresent(entries::remove);
  }

  /** The version of the tenant's model that must not predict for these rows. */
  public Optional<ModelVersion> refusing(TenantId tenant, Rows rows) {
    @Nullable Entry entry = entries.get(tenant);
    if (entry == null) {
      return Optional.empty();
    }
    if (!isIn(entry)) {
      entries.remove(tenant, entry);
      return Optional.empty();
    }
    return entry.refuses(rows) ? Optional.of(entry.version()) : Optional.empty();
  }

  /** The models that are refused now, in the order of tenants. */
  public List<Quarantined> now() {
    return entries.entrySet().stream()
        .filter(entry -> isIn(entry.getValue()))
        .sorted(Map.Entry.comparingByKey())
        .map(
            entry ->
                new Quarantined(
                    new ModelRef(entry.getKey(), entry.getValue().version()),
                    entry.getValue().fingerprints().size(),
                    entry.getValue().end().remaining()))
        .toList();
  }

  /** The failure of a request that has ended the process of its model. */
  static ServingException crashed(ModelRef model) {
    return new ServingException(
        ErrorCode.MODEL_CRASHED,
        "model "
            + model
            + " ended the process that ran this request; requests like it are refused for "
            + PERIOD.toMinutes()
            + " minutes");
  }
}
