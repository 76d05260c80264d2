package io.manymodels.deployment;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.routing.ReplicaClient;
import io.manymodels.routing.ReplicaId;
import io.manymodels.routing.ReplicaLostException;
import io.manymodels.time.Deadline;
import io.ray.api.ActorHandle;
import io.ray.api.Ray;
import io.ray.api.exception.RayActorException;
import io.ray.api.exception.RayException;
import io.ray.api.exception.RayTimeoutException;
import io.ray.serve.generated.RequestMetadata;
import io.ray.serve.replica.RayServeWrappedReplica;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Calls replicas as Ray actors, through the method that Ray's own router would call
 * (RayServeWrappedReplica.handleRequest, Ray 2.60.0). Thread-safe.
 *
 * <p>A call whose deadline passed goes on in the replica; the deadline in the argument is what ends
 * it there.
 */
final class RayReplicaClient implements ReplicaClient {
  static final String SERVE_NAMESPACE = "serve";
  private static final System.Logger LOG = System.getLogger(RayReplicaClient.class.getName());
  private static final int MAX_HANDLES = 10_000;

  private final ConcurrentMap<ReplicaId, ActorHandle<RayServeWrappedReplica>> handles =
      new ConcurrentHashMap<>();
  private final ConcurrentMap<String, byte[]> metadata = new ConcurrentHashMap<>();

  @Override
  public byte[] call(ReplicaId replica, String method, byte[] argument, Deadline deadline) {
    long timeoutMillis = deadline.remainingMillis();
    if (timeoutMillis == 0) {
      throw deadlineExceeded(null);
    }
    if (handles.size() >= MAX_HANDLES) {
      // Mostly of replicas that left in good order, and so were never found dead.
      handles.clear();
    }
    try {
      @Nullable Object answer =
          handles
              .computeIfAbsent(replica, RayReplicaClient::handle)
              .task(RayServeWrappedReplica::handleRequest, metadataOf(method), (Object) argument)
              .remote()
              .get(timeoutMillis);
      // An empty array comes back as nothing (Ray 2.60.0, Java).
      return answer == null ? new byte[0] : (byte[]) answer;
    } catch (RayTimeoutException e) {
      throw deadlineExceeded(e);
    } catch (RayActorException e) {
      handles.remove(replica);
      throw new ReplicaLostException(replica, e);
    } catch (RayException | ClassCastException e) {
      LOG.log(System.Logger.Level.ERROR, "calling " + method + " of " + replica, e);
      throw new ServingException(ErrorCode.INTERNAL, "a replica failed", e);
    }
  }

  private static ServingException deadlineExceeded(@Nullable RayTimeoutException cause) {
    String message = "the deadline passed before the replica answered";
    return cause == null
        ? new ServingException(ErrorCode.DEADLINE_EXCEEDED, message)
        : new ServingException(ErrorCode.DEADLINE_EXCEEDED, message, cause);
  }

  @SuppressWarnings("unchecked")
  private static ActorHandle<RayServeWrappedReplica> handle(ReplicaId replica) {
    return (ActorHandle<RayServeWrappedReplica>)
        Ray.getActor(replica.name(), SERVE_NAMESPACE)
            .orElseThrow(
                () ->
                    new ReplicaLostException(
                        replica, new IllegalStateException("Ray knows no such actor")));
  }

  private byte[] metadataOf(String method) {
    return metadata.computeIfAbsent(
        method,
        name ->
            RequestMetadata.newBuilder()
                .setRequestId("")
                .setCallMethod(name)
                .build()
                .toByteArray());
  }
}
