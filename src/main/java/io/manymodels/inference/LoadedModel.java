package io.manymodels.inference;

import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Signature;
import io.manymodels.time.Deadline;
import java.util.Optional;

/**
 * A model ready to predict. Thread-safe: any number of threads may predict at once. Closing is the
 * owner's duty and must wait until no prediction is running ({@code loading.SharedModel} sees to
 * it).
 */
public interface LoadedModel extends AutoCloseable {

  /** What the model takes and answers. */
  Signature signature();

  /**
   * Predicts for all rows at once. The answer may hold numbers that are not finite.
   *
   * @throws io.manymodels.model.ServingException {@code INPUT_MISMATCH} or {@code INVALID_INPUT}
   *     when the rows are none that the model takes, or its values are refused; {@code LOAD_FAILED}
   *     when the model itself fails
   */
  Prediction predict(Rows rows);

  /**
   * Predicts, and gives up when the deadline has passed, as soon as the model can be stopped. A
   * model that does not implement this predicts to the end.
   *
   * @throws io.manymodels.model.ServingException as {@link #predict(Rows)}, and {@code
   *     DEADLINE_EXCEEDED} when it gave up
   */
  default Prediction predict(Rows rows, Deadline deadline) {
    return predict(rows);
  }

  /**
   * What was noticed when the model was tried and is no reason to refuse it, in one line: its
   * publisher had better give an example. Empty when the trial went well.
   */
  default Optional<String> warning() {
    return Optional.empty();
  }

  /** The memory that the loaded model takes, in bytes. */
  long weightBytes();

  /** Frees the model; does not throw. */
  @Override
  void close();
}
