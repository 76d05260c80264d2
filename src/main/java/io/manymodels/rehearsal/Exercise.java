package io.manymodels.rehearsal;

import java.time.Duration;

/** What replicas of one kind do with models, done with made-up ones. To be used by one thread. */
interface Exercise extends AutoCloseable {
  /** More than a whole rehearsal takes: a machine that is busy meanwhile does not fail it. */
  Duration PATIENCE = Duration.ofMinutes(2);

  /** Predictions with a model that has replaced the version before. */
  int MORE_PREDICTIONS = 5;

  /**
   * Does everything once, or a part of it when there is to be an end.
   *
   * @throws RuntimeException when anything does not work as with real models
   */
  void round(RehearsalProgress progress);

  /** Ends its threads and unloads its models. */
  @Override
  void close();
}
