package io.manymodels.inference;

import io.manymodels.time.Deadline;

/**
 * A model ready to predict. Thread-safe: any number of threads may predict at once. Closing is the
 * owner's duty and must wait until no prediction is running ({@code loading.SharedModel} sees to
 * it).
 */
public interface LoadedModel extends AutoCloseable {

  /**
   * Predicts for all rows at once.
   *
   * @throws io.manymodels.model.ServingException {@code INPUT_MISMATCH} when {@code rows.width()}
   *     is not {@link #inputWidth()}, {@code LOAD_FAILED} when the model itself fails
   */
  Prediction predict(FeatureRows rows);

  /**
   * Predicts, and gives up when the deadline has passed, as soon as the model can be stopped. A
   * model that does not implement this predicts to the end.
   *
   * @throws io.manymodels.model.ServingException as {@link #predict(FeatureRows)}, and {@code
   *     DEADLINE_EXCEEDED} when it gave up
   */
  default Prediction predict(FeatureRows rows, Deadline deadline) {
    return predict(rows);
  }

  /** Numbers a row that the model takes, {@code >= 1}; 0 when the model takes any. */
  int inputWidth();

  /** The memory that the loaded model takes, in bytes. */
  long weightBytes();

  /** Frees the model; does not throw. */
  @Override
  void close();
}
