package io.manymodels.routing;

import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.tensor.Rows;
import io.manymodels.tracing.Span;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * A request for a prediction on its way from replica to replica, and whether it is to blame for
 * those that were lost on the way. Thread-safe.
 */
public final class PredictCall {
  /** Of replicas that are known to have been running the request. */
  private static final int MAX_SUSPICIOUS_LOSSES = 2;

  /** Of replicas that may have been: nobody can tell. */
  private static final int MAX_UNEXPLAINED_LOSSES = 3;

  private final TenantId tenant;
  private final Rows rows;
  private final Optional<ModelVersion> refusing;
  private final Span span;
  private Set<ReplicaId> suspicious = Set.of();
  private Set<ReplicaId> stalled = Set.of();
  private Set<ReplicaId> unexplained = Set.of();

  public PredictCall(TenantId tenant, Rows rows) {
    this(tenant, rows, Optional.empty());
  }

  public PredictCall(TenantId tenant, Rows rows, Optional<ModelVersion> refusing) {
    this(tenant, rows, refusing, Span.NONE);
  }

  /**
   * @param refusing the version of the tenant's model that must not be asked
   * @param span of which the predictions are parts
   */
  public PredictCall(TenantId tenant, Rows rows, Optional<ModelVersion> refusing, Span span) {
    this.tenant = tenant;
    this.rows = rows;
    this.refusing = refusing;
    this.span = span;
  }

  public TenantId tenant() {
    return tenant;
  }

  public Rows rows() {
    return rows;
  }

  /** Of which the predictions are parts. */
  public Span span() {
    return span;
  }

  /** The request that a replica is sent. */
  public PredictRequest request(long timeoutMillis) {
    return new PredictRequest(tenant, rows, timeoutMillis, refusing, span);
  }

  /**
   * Judges the request after a replica was lost that may have been running it: returns when another
   * replica may be asked. A replica that is found lost again, because it was asked again before
   * everybody knew, counts once.
   *
   * @param mayBeAlive whether the replica is only silent: it may be slow, so that the request is
   *     not accused, but not sent through all replicas either
   * @param found what the replica left behind; empty when nobody can tell
   * @throws ModelCrashedException when the request ended the replica, has been running in two that
   *     were lost, or may have been in three; it names the request only where two have ended
   */
  synchronized void lost(ReplicaId replica, boolean mayBeAlive, Optional<Postmortem> found) {
    if (found.isEmpty()) {
      unexplained = with(unexplained, replica);
      if (unexplained.size() >= MAX_UNEXPLAINED_LOSSES) {
        throw new ModelCrashedException(replica, Optional.empty());
      }
      return;
    }
    long fingerprint = rows.fingerprint();
    Optional<RunningPrediction> crashed = found.get().crashed();
    if (crashed.isPresent() && crashed.get().is(tenant, fingerprint)) {
      throw new ModelCrashedException(replica, crashed);
    }
    Optional<RunningPrediction> running =
        found.get().running().stream().filter(each -> each.is(tenant, fingerprint)).findAny();
    if (running.isPresent()) {
      if (mayBeAlive) {
        stalled = with(stalled, replica);
      } else {
        suspicious = with(suspicious, replica);
      }
      if (suspicious.size() >= MAX_SUSPICIOUS_LOSSES) {
        throw new ModelCrashedException(replica, running);
      }
      Set<ReplicaId> all = new HashSet<>(suspicious);
      all.addAll(stalled);
      if (all.size() >= MAX_SUSPICIOUS_LOSSES) {
        throw new ModelCrashedException(replica, Optional.empty());
      }
    }
  }

  private static Set<ReplicaId> with(Set<ReplicaId> replicas, ReplicaId added) {
    Set<ReplicaId> more = new HashSet<>(replicas);
    more.add(added);
    return Set.copyOf(more);
  }
}
