package io.manymodels.protocol.v2;

import java.util.List;

/**
 * How models were asked for, in Triton's form. Source: triton-inference-server/server,
 * docs/protocol/extension_statistics.md.
 */
public record StatisticsDocument(List<Model> modelStats) {
  /** How often something was done, and how many nanoseconds all of it took. */
  public record Timed(long count, long ns) {
    static final Timed NEVER = new Timed(0, 0);

    Timed and(long more) {
      return new Timed(count + 1, ns + Math.max(0, more));
    }
  }

  /**
   * Where the time went. What happens in a replica is not told apart: its queue and its model
   * together are {@code computeInfer}.
   *
   * @param success requests that were answered, from their arrival on
   * @param computeInput the reading of these
   */
  public record Phases(
      Timed success,
      Timed fail,
      Timed queue,
      Timed computeInput,
      Timed computeInfer,
      Timed computeOutput,
      Timed cacheHit,
      Timed cacheMiss) {}

  /**
   * One model.
   *
   * @param version that answered last; empty when none has
   * @param lastInference milliseconds since 1970; 0 when there was none
   * @param inferenceCount rows that were answered
   * @param executionCount requests that were answered
   * @param batchStats the requests by their rows, which are one batch each, from few to many
   */
  public record Model(
      String name,
      String version,
      long lastInference,
      long inferenceCount,
      long executionCount,
      Phases inferenceStats,
      List<Batches> batchStats) {}

  /** The requests of one number of rows; the times as in {@link Phases}. */
  public record Batches(
      int batchSize, Timed computeInput, Timed computeInfer, Timed computeOutput) {
    static Batches none(int size) {
      return new Batches(size, Timed.NEVER, Timed.NEVER, Timed.NEVER);
    }

    Batches and(long readNanos, long inferNanos) {
      return new Batches(
          batchSize, computeInput.and(readNanos), computeInfer.and(inferNanos), computeOutput);
    }
  }
}
