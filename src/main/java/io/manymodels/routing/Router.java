package io.manymodels.routing;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Deadline;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;

/**
 * Chooses the replica for a call and calls it; a call that found its replica dead is made once more
 * on another. Thread-safe, takes no lock.
 *
 * <p>Two ways to choose: the less busy of two random replicas (Mitzenmacher, The Power of Two
 * Choices in Randomized Load Balancing, 2001), and by rendezvous hashing (Thaler and Ravishankar,
 * 1998), so that each replica of Deploymentx caches its own share of the tenants.
 */
public final class Router {
  private final ReplicaDirectory directory;
  private final ReplicaClient client;
  private final ConcurrentMap<ReplicaId, AtomicInteger> inFlight = new ConcurrentHashMap<>();

  public Router(ReplicaDirectory directory, ReplicaClient client) {
    this.directory = directory;
    this.client = client;
  }

  /**
   * Calls the less busy of two replicas.
   *
   * @throws ServingException {@code NO_REPLICA} when none is alive, {@code DEADLINE_EXCEEDED}
   */
  public byte[] call(String deployment, String method, byte[] argument, Deadline deadline) {
    return callWithRetry(deployment, method, argument, deadline, this::lessBusyOfTwo);
  }

  /** Calls the replica that {@code affinity} hashes to. Throws as {@link #call}. */
  public byte[] callByAffinity(
      String deployment, String affinity, String method, byte[] argument, Deadline deadline) {
    return callWithRetry(
        deployment, method, argument, deadline, replicas -> highestHash(replicas, affinity));
  }

  private interface Choice {
    ReplicaId of(List<ReplicaId> replicas);
  }

  private byte[] callWithRetry(
      String deployment, String method, byte[] argument, Deadline deadline, Choice choice) {
    Optional<ReplicaId> first = choose(deployment, choice);
    if (first.isPresent()) {
      try {
        return callCounted(first.get(), method, argument, deadline);
      } catch (ReplicaLostException e) {
        directory.reportLost(e.replica());
      }
      Optional<ReplicaId> second = choose(deployment, choice);
      if (second.isPresent()) {
        try {
          return callCounted(second.get(), method, argument, deadline);
        } catch (ReplicaLostException e) {
          directory.reportLost(e.replica());
        }
      }
    }
    throw new ServingException(ErrorCode.NO_REPLICA, "no replica of " + deployment + " is alive");
  }

  private Optional<ReplicaId> choose(String deployment, Choice choice) {
    List<ReplicaId> replicas = directory.replicas(deployment);
    return switch (replicas.size()) {
      case 0 -> Optional.empty();
      case 1 -> Optional.of(replicas.get(0));
      default -> Optional.of(choice.of(replicas));
    };
  }

  private byte[] callCounted(ReplicaId replica, String method, byte[] argument, Deadline deadline) {
    AtomicInteger calls = inFlight.computeIfAbsent(replica, r -> new AtomicInteger());
    calls.incrementAndGet();
    try {
      return client.call(replica, method, argument, deadline);
    } catch (ReplicaLostException e) {
      inFlight.remove(replica);
      throw e;
    } finally {
      calls.decrementAndGet();
    }
  }

  private ReplicaId lessBusyOfTwo(List<ReplicaId> replicas) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    int one = random.nextInt(replicas.size());
    int other = random.nextInt(replicas.size() - 1);
    ReplicaId a = replicas.get(one);
    ReplicaId b = replicas.get(other < one ? other : other + 1);
    return callsUnderWay(b) < callsUnderWay(a) ? b : a;
  }

  private int callsUnderWay(ReplicaId replica) {
    AtomicInteger calls = inFlight.get(replica);
    return calls == null ? 0 : calls.get();
  }

  private static ReplicaId highestHash(List<ReplicaId> replicas, String affinity) {
    return replicas.stream()
        .max(
            Comparator.<ReplicaId>comparingLong(replica -> hash(replica.name(), affinity))
                .thenComparing(ReplicaId::name))
        .orElseThrow();
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
