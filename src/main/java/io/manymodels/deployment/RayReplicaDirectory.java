package io.manymodels.deployment;

import io.manymodels.routing.ReplicaDirectory;
import io.manymodels.routing.ReplicaId;
import io.manymodels.threads.DaemonLoop;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import io.ray.api.PyActorHandle;
import io.ray.api.Ray;
import io.ray.api.exception.RayException;
import io.ray.api.function.PyActorMethod;
import io.ray.serve.generated.DeploymentTargetInfo;
import io.ray.serve.generated.LongPollRequest;
import io.ray.serve.generated.LongPollResult;
import io.ray.serve.generated.UpdatedObject;
import io.ray.shaded.com.google.protobuf.InvalidProtocolBufferException;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Learns the replicas of several deployments by one long poll of the Serve controller
 * (controller.py:listen_for_change_java, Ray 2.60.0) on a daemon thread. Thread-safe.
 *
 * <p>A replica that takes a new user_config leaves the controller's list for some tenths of a
 * second and answers all the while. So the last list that was not empty is kept, and a replica goes
 * when the controller names others or a call finds it dead. One of several that leaves the list for
 * that reason is not named meanwhile, but {@link #lately}.
 */
final class RayReplicaDirectory implements ReplicaDirectory, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(RayReplicaDirectory.class.getName());
  private static final String CONTROLLER = "SERVE_CONTROLLER_ACTOR";
  private static final String KEY_PREFIX = "(DEPLOYMENT_TARGETS,";
  private static final long RETRY_MILLIS = 200;
  private static final Duration LATELY = Duration.ofMinutes(1);

  /** Past the time within which the controller answers in any case (long_poll.py: 60 s). */
  private static final long MAX_POLL_MILLIS = 90_000;

  private final String replicaPrefix;
  private final ConcurrentMap<String, List<ReplicaId>> replicas = new ConcurrentHashMap<>();
  private final Set<ReplicaId> lost = ConcurrentHashMap.newKeySet();
  private final ConcurrentMap<ReplicaId, Deadline> departed = new ConcurrentHashMap<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final Map<String, Integer> snapshotIds = new HashMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile @Nullable Thread thread;

  RayReplicaDirectory(String application, Collection<String> deployments) {
    // The long poll's key has no application in it (Ray: deployment_state.py, NOTE(zcin)).
    this.replicaPrefix = "SERVE_REPLICA::" + application + "#";
    deployments.forEach(name -> snapshotIds.put(KEY_PREFIX + name + ")", -1));
  }

  void start() {
    thread = DaemonLoop.start("replica-directory", closed, this::poll);
  }

  @Override
  public List<ReplicaId> replicas(String deployment) {
    return replicas.getOrDefault(deployment, List.of());
  }

  @Override
  public List<ReplicaId> lately(String deployment) {
    departed.values().removeIf(Deadline::passed);
    return Stream.concat(
            replicas(deployment).stream(),
            departed.keySet().stream().filter(replica -> replica.deployment().equals(deployment)))
        .distinct()
        .toList();
  }

  @Override
  public void reportLost(ReplicaId replica) {
    lost.add(replica);
    departed.remove(replica);
    replicas.computeIfPresent(
        replica.deployment(),
        (name, known) -> known.stream().filter(other -> !other.equals(replica)).toList());
    changed();
  }

  @Override
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  private void changed() {
    listeners.forEach(Runnable::run);
  }

  private void poll() throws InterruptedException {
    try {
      PyActorHandle controller =
          (PyActorHandle)
              Ray.getActor(CONTROLLER, RayReplicaClient.SERVE_NAMESPACE)
                  .orElseThrow(() -> new IllegalStateException("no Serve controller"));
      byte[] request =
          LongPollRequest.newBuilder().putAllKeysToSnapshotIds(snapshotIds).build().toByteArray();
      byte @Nullable [] result =
          controller
              .task(PyActorMethod.of("listen_for_change_java", byte[].class), request)
              .remote()
              .get(MAX_POLL_MILLIS);
      if (result == null) {
        askForEverything();
      } else {
        LongPollResult.parseFrom(result).getUpdatedObjectsMap().forEach(this::update);
      }
    } catch (RayException | IllegalStateException e) {
      // The controller is being restarted; the replicas go on without it, and so do we.
      LOG.log(System.Logger.Level.INFO, "Serve controller does not answer: {0}", e.getMessage());
      retry();
    } catch (InvalidProtocolBufferException | RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "asking the Serve controller for replicas", e);
      retry();
    }
  }

  /**
   * After a poll in which nothing changed: its empty answer comes as null (Ray 2.60.0, Java). A
   * replica that was reported lost half a minute ago and is still named was not dead.
   */
  private void askForEverything() {
    lost.clear();
    snapshotIds.replaceAll((key, id) -> -1);
  }

  private void retry() throws InterruptedException {
    snapshotIds.replaceAll((key, id) -> -1);
    var unused = closed.await(RETRY_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void update(String key, UpdatedObject updated) {
    snapshotIds.put(key, updated.getSnapshotId());
    String deployment = key.substring(KEY_PREFIX.length(), key.length() - 1).strip();
    try {
      List<ReplicaId> named =
          DeploymentTargetInfo.parseFrom(updated.getObjectSnapshot()).getReplicaNamesList().stream()
              .filter(name -> name.startsWith(replicaPrefix))
              .map(name -> new ReplicaId(deployment, name))
              .filter(replica -> !lost.contains(replica))
              .sorted(Comparator.comparing(ReplicaId::name))
              .toList();
      if (!named.isEmpty()) {
        lost.removeIf(replica -> replica.deployment().equals(deployment));
        departed.values().removeIf(Deadline::passed);
        for (ReplicaId before : replicas(deployment)) {
          if (!named.contains(before)) {
            departed.put(before, Deadline.after(LATELY, Ticker.SYSTEM));
          }
        }
        replicas.put(deployment, named);
        named.forEach(departed::remove);
        changed();
      }
    } catch (InvalidProtocolBufferException e) {
      LOG.log(System.Logger.Level.ERROR, "cannot read the replicas of " + deployment, e);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    @Nullable Thread polling = thread;
    if (polling != null) {
      polling.interrupt();
    }
  }
}
