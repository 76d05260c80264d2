package io.manymodels.routing;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.routing.PredictReply.NotHere;
import io.manymodels.threads.Completions;
import io.manymodels.time.Deadline;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the replica that is asked for a prediction and asks it; when it is found dead, cut off or
 * silent, or does not hold the model, another one is asked, once. A call that may have been running
 * in a lost replica is not made again before {@link Postmortems} have told whether it is to blame.
 * Thread-safe; takes no lock and never waits.
 *
 * <p>Two ways to choose: the less busy of two random replicas (Mitzenmacher, The Power of Two
 * Choices in Randomized Load Balancing, 2001), and by rendezvous hashing (Thaler and Ravishankar,
 * 1998), so that each replica of Deploymentx caches its own share of the tenants. An {@link
 * PredictClient#reachable unreachable} replica is not chosen until the client reaches it again.
 */
public final class Router {
  private final ReplicaDirectory directory;
  private final PredictClient client;
  private final Postmortems postmortems;
  private final ConcurrentMap<ReplicaId, AtomicInteger> inFlight = new ConcurrentHashMap<>();

  public Router(ReplicaDirectory directory, PredictClient client, Postmortems postmortems) {
    this.directory = directory;
    this.client = client;
    this.postmortems = postmortems;
    directory.onChange(this::forgetThoseWhoLeft);
  }

  private void forgetThoseWhoLeft() {
    inFlight
        .keySet()
        .removeIf(replica -> !directory.replicas(replica.deployment()).contains(replica));
  }

  /**
   * Asks the less busy of two replicas.
   *
   * @return fails with {@link ServingException}: {@code NO_REPLICA} when none is alive, and as
   *     {@link PredictClient#predict} says; and with {@link ModelCrashedException}
   */
  public CompletableFuture<PredictReply> predict(
      String deployment, PredictCall call, Deadline deadline) {
    return ask(deployment, Router::lessBusyOfTwo, call, deadline);
  }

  /** Asks the replica that the tenant hashes to. Fails as {@link #predict}. */
  public CompletableFuture<PredictReply> predictByAffinity(
      String deployment, PredictCall call, Deadline deadline) {
    return ask(deployment, Router::highestHash, call, deadline);
  }

  private interface Choice {
    /** One of the replicas that may be chosen; null when there is none. */
    @Nullable ReplicaId of(
        Router router, List<ReplicaId> replicas, TenantId tenant, @Nullable ReplicaId except);
  }

  private CompletableFuture<PredictReply> ask(
      String deployment, Choice choice, PredictCall call, Deadline deadline) {
    TenantId tenant = call.tenant();
    @Nullable ReplicaId first = choice.of(this, directory.replicas(deployment), tenant, null);
    if (first == null) {
      return CompletableFuture.failedFuture(noReplica(deployment));
    }
    return Completions.after(
        askCounted(first, call, deadline),
        (reply, failure, result) -> {
          if (reply instanceof NotHere) {
            // One that has just been started may not have loaded yet what the others hold.
            @Nullable ReplicaId other =
                choice.of(this, directory.replicas(deployment), tenant, first);
            if (other == null) {
              result.complete(reply);
            } else {
              Completions.pass(askLast(other, call, deadline), result);
            }
          } else if (reply != null) {
            result.complete(reply);
          } else {
            Completions.pass(
                afterLoss(
                    first,
                    failure,
                    call,
                    () -> askAnother(deployment, first, choice, call, deadline)),
                result);
          }
        });
  }

  private CompletableFuture<PredictReply> askAnother(
      String deployment, ReplicaId lost, Choice choice, PredictCall call, Deadline deadline) {
    @Nullable ReplicaId second =
        choice.of(this, directory.replicas(deployment), call.tenant(), lost);
    if (second == null) {
      return CompletableFuture.failedFuture(noReplica(deployment));
    }
    return askLast(second, call, deadline);
  }

  /** Asks a replica after which no other one is asked. */
  private CompletableFuture<PredictReply> askLast(
      ReplicaId replica, PredictCall call, Deadline deadline) {
    return Completions.after(
        askCounted(replica, call, deadline),
        (reply, failure, result) -> {
          if (reply != null) {
            result.complete(reply);
          } else {
            Completions.pass(
                afterLoss(
                    replica,
                    failure,
                    call,
                    () -> CompletableFuture.failedFuture(noReplica(replica.deployment()))),
                result);
          }
        });
  }

  /**
   * Goes on after a replica was lost, unless the call itself is to blame for that.
   *
   * @return fails with {@link ModelCrashedException} when it is
   */
  private CompletableFuture<PredictReply> afterLoss(
      ReplicaId replica,
      @Nullable Throwable failure,
      PredictCall call,
      Supplier<CompletableFuture<PredictReply>> next) {
    noteLost(replica, failure);
    boolean mayBeAlive = false;
    if (failure instanceof ReplicaUnreachableException unreachable) {
      if (!unreachable.mayHaveRun()) {
        return next.get();
      }
      mayBeAlive = unreachable.mayBeAlive();
    }
    boolean onlySilent = mayBeAlive;
    return Completions.after(
        postmortems.of(replica),
        (found, failed, result) -> {
          call.lost(replica, onlySilent, found == null ? Optional.empty() : found);
          Completions.pass(next.get(), result);
        });
  }

  /** Returns when the call failed because of the replica; throws what failed otherwise. */
  private void noteLost(ReplicaId replica, @Nullable Throwable failure) {
    if (failure instanceof ReplicaLostException) {
      directory.reportLost(replica);
    } else if (!(failure instanceof ReplicaUnreachableException)) {
      throw failure instanceof ServingException known
          ? known
          : new ServingException(
              ErrorCode.INTERNAL, "a call to a replica failed", new IllegalStateException(failure));
    }
  }

  static ServingException noReplica(String deployment) {
    return new ServingException(ErrorCode.NO_REPLICA, "no replica of " + deployment + " is alive");
  }

  private CompletableFuture<PredictReply> askCounted(
      ReplicaId replica, PredictCall call, Deadline deadline) {
    AtomicInteger calls = inFlight.computeIfAbsent(replica, r -> new AtomicInteger());
    calls.incrementAndGet();
    return client
        .predict(replica, call, deadline)
        .whenComplete((reply, failure) -> calls.decrementAndGet());
  }

  private boolean mayBeChosen(ReplicaId replica, @Nullable ReplicaId except) {
    return !replica.equals(except) && client.reachable(replica);
  }

  private @Nullable ReplicaId lessBusyOfTwo(
      List<ReplicaId> replicas, TenantId tenant, @Nullable ReplicaId except) {
    int size = replicas.size();
    if (size == 0) {
      return null;
    }
    // From a random place on, the first two that may be chosen.
    int start = size == 1 ? 0 : ThreadLocalRandom.current().nextInt(size);
    int step = size == 1 ? 0 : 1 + ThreadLocalRandom.current().nextInt(size - 1);
    ReplicaId one = replicas.get(start);
    ReplicaId other = replicas.get((start + step) % size);
    if (mayBeChosen(one, except) && mayBeChosen(other, except)) {
      return callsUnderWay(other) < callsUnderWay(one) ? other : one;
    }
    for (int i = 0; i < size; i++) {
      ReplicaId replica = replicas.get((start + i) % size);
      if (mayBeChosen(replica, except)) {
        return replica;
      }
    }
    return null;
  }

  private int callsUnderWay(ReplicaId replica) {
    AtomicInteger calls = inFlight.get(replica);
    return calls == null ? 0 : calls.get();
  }

  private @Nullable ReplicaId highestHash(
      List<ReplicaId> replicas, TenantId tenant, @Nullable ReplicaId except) {
    @Nullable ReplicaId highest = null;
    long highestHash = 0;
    for (ReplicaId replica : replicas) {
      if (mayBeChosen(replica, except)) {
        long hash = replicas.size() == 1 ? 0 : hash(replica.name(), tenant.value());
        if (highest == null
            || hash > highestHash
            || (hash == highestHash && replica.name().compareTo(highest.name()) > 0)) {
          highest = replica;
          highestHash = hash;
        }
      }
    }
    return highest;
  }

  /** Whether {@link #predictByAffinity} prefers a replica to these other ones. */
  public static boolean prefers(ReplicaId replica, Collection<ReplicaId> others, TenantId tenant) {
    long hash = hash(replica.name(), tenant.value());
    return others.stream().noneMatch(other -> hash(other.name(), tenant.value()) > hash);
  }

  private static long hash(String replica, String affinity) {
    CRC32C crc = new CRC32C();
    crc.update(affinity.getBytes(StandardCharsets.UTF_8));
    crc.update(replica.getBytes(StandardCharsets.UTF_8));
    // CRC is linear: without mixing, two replicas would keep the same order for every tenant.
    long mixed = crc.getValue() * 0x9E3779B97F4A7C15L;
    return ((mixed ^ (mixed >>> 29)) * 0xBF58476D1CE4E5B9L) >>> 1;
  }
}
