package io.manymodels.grpc;

import io.grpc.Status;
import io.manymodels.measuring.AnswerCounts;
import io.manymodels.measuring.Measurements;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.threads.Completions;
import io.manymodels.time.Ticker;
import org.jspecify.annotations.Nullable;

/** Counts and times the answers to calls, and to the requests of streams. Thread-safe. */
final class CallCounts {
  private final AnswerCounts answers;

  CallCounts(Measurements measurements) {
    this.answers = new AnswerCounts(measurements, "grpc");
  }

  /**
   * Counts an answer.
   *
   * @param begun when the request had come whole
   * @param failure null without one
   */
  void answered(long begun, @Nullable Throwable failure) {
    if (failure == null) {
      answers.answered(Status.Code.OK.value(), null);
    } else {
      Throwable cause = Completions.cause(failure);
      ErrorCode code = cause instanceof ServingException known ? known.code() : ErrorCode.INTERNAL;
      answers.answered(GrpcFaults.code(code).value(), code);
    }
    answers.took(Ticker.SYSTEM.nanos() - begun);
  }
}
