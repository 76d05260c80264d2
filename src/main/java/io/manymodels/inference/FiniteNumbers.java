package io.manymodels.inference;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;

/** Checks that the numbers of a prediction are finite, as JSON requires. */
public final class FiniteNumbers {

  private FiniteNumbers() {}

  /** The same prediction; {@code LOAD_FAILED} when it holds NaN or an infinity. */
  public static Prediction require(ModelRef ref, Prediction prediction) {
    if (!allFinite(prediction)) {
      throw new ServingException(
          ErrorCode.LOAD_FAILED, ref + ": the model answered a number that JSON cannot carry");
    }
    return prediction;
  }

  private static boolean allFinite(Prediction prediction) {
    if (prediction instanceof Prediction.Floats floats) {
      return allFinite(floats.values());
    }
    return !(prediction instanceof Prediction.Doubles doubles) || allFinite(doubles.values());
  }

  private static boolean allFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  private static boolean allFinite(double[] values) {
    for (double value : values) {
      if (!Double.isFinite(value)) {
        return false;
      }
    }
    return true;
  }
}
