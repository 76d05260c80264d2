package io.manymodels.routing;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Deadline;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Asks for predictions by calls that block: the way that works whenever Ray does. Each call takes a
 * thread until it is answered. Thread-safe.
 */
public final class CalledPredictions implements PredictClient {
  /** The replicas' method that takes a {@link PredictRequest} frame. */
  public static final String PREDICT = "predict";

  private final ReplicaClient client;
  private final Executor threads;

  /**
   * @param threads bounded; what it rejects fails with {@code OVERLOADED}
   */
  public CalledPredictions(ReplicaClient client, Executor threads) {
    this.client = client;
    this.threads = threads;
  }

  @Override
  public CompletableFuture<PredictReply> predict(
      ReplicaId replica, PredictCall call, Deadline deadline) {
    try {
      return CompletableFuture.supplyAsync(() -> ask(replica, call, deadline), threads);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(
          new ServingException(ErrorCode.OVERLOADED, "too many calls to replicas are under way"));
    }
  }

  private PredictReply ask(ReplicaId replica, PredictCall call, Deadline deadline) {
    PredictRequest request = call.request(deadline.remainingMillis());
    return PredictCodec.decodeReply(
        client.call(replica, PREDICT, PredictCodec.encode(request), deadline));
  }
}
