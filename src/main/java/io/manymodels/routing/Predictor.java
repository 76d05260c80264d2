package io.manymodels.routing;

import io.manymodels.model.ServingException;
import io.manymodels.routing.PredictReply.Failed;
import io.manymodels.threads.Awaiting;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
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
    Deadline deadline =
        Deadline.after(Duration.ofMillis(request.timeoutMillis() + moment), Ticker.SYSTEM);
    try {
      return Awaiting.result(reply, deadline, "the deadline passed before the model answered");
    } catch (ServingException e) {
      return Failed.of(e);
    }
  }
}
