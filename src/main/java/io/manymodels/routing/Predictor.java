package io.manymodels.routing;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.routing.PredictReply.Failed;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Predicts for those who ask over a transport. Thread-safe. */
public interface Predictor {

  /**
   * Answers exactly once, on whatever thread, with everything that is foreseen as a {@link
   * PredictReply}. Returns soon: it is called by a thread that serves other connections too.
   */
  void predict(PredictRequest request, Consumer<PredictReply> answer);

  /** Predicts, and waits for it as long as the request says and a moment more. */
  default PredictReply answer(PredictRequest request) {
    // What happens in time to be told is told by the one who knows why.
    long moment = 100;
    CompletableFuture<PredictReply> reply = new CompletableFuture<>();
    predict(request, reply::complete);
    try {
      return reply.get(request.timeoutMillis() + moment, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return failed(ErrorCode.DEADLINE_EXCEEDED, "the deadline passed before the model answered");
    } catch (ExecutionException e) {
      return failed(ErrorCode.INTERNAL, "the prediction failed");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return failed(ErrorCode.NO_REPLICA, "the replica is shutting down");
    }
  }

  private static PredictReply failed(ErrorCode code, String why) {
    return Failed.of(new ServingException(code, why));
  }
}
