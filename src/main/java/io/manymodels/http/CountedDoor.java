package io.manymodels.http;

import io.manymodels.measuring.AnswerCounts;
import io.manymodels.measuring.Measurements;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Ticker;
import org.jspecify.annotations.Nullable;

/** A door whose answers are counted and timed. Thread-safe. */
record CountedDoor(Door door, AnswerCounts counts) {
  static CountedDoor of(Door door, Measurements measurements) {
    return new CountedDoor(door, new AnswerCounts(measurements, door.protocol()));
  }

  /**
   * Counts an answer that is there now.
   *
   * @param failure that it tells of; null without one
   * @param begun when the request had come whole
   */
  void answered(
      IngressRequest request, HttpResponse answer, @Nullable Throwable failure, long begun) {
    counts.answered(answer.status(), failure == null ? null : code(failure));
    counts.bytes(request.body().size(), answer.body().length);
    counts.took(Ticker.SYSTEM.nanos() - begun);
  }

  /** Counts a request that could not be read. */
  void refused(HttpResponse answer, ServingException why) {
    counts.answered(answer.status(), why.code());
  }

  private static ErrorCode code(Throwable failure) {
    return failure instanceof ServingException known ? known.code() : ErrorCode.INTERNAL;
  }
}
