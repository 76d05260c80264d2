package io.manymodels.examples;

import io.manymodels.inference.LoadedModel;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import java.util.List;

/** A linear model. Immutable, hence thread-safe; there is nothing to close. */
final class LinearModel implements LoadedModel {
  private static final int OBJECT_BYTES = 64;

  private final ModelRef ref;
  private final double[][] coefficients;
  private final double[] intercept;
  private final boolean classifies;

  LinearModel(ModelRef ref, double[][] coefficients, double[] intercept, boolean classifies) {
    this.ref = ref;
    this.coefficients = coefficients;
    this.intercept = intercept;
    this.classifies = classifies;
  }

  @Override
  public int inputWidth() {
    return coefficients[0].length;
  }

  @Override
  public long weightBytes() {
    return (long) coefficients.length * (OBJECT_BYTES + (long) Double.BYTES * inputWidth());
  }

  @Override
  public Prediction predict(Rows rows) {
    if (rows.width() != inputWidth()) {
      String detail = "expected " + inputWidth() + " numbers, got " + rows.width();
      throw new ServingException(
          ErrorCode.INPUT_MISMATCH,
          "the model of " + ref.tenant() + " does not take these rows: " + detail,
          List.of(new Violation("/data/0", detail)));
    }
    double[] scores = scores(rows);
    return classifies
        ? Prediction.of(classes(scores, rows.count()), 1)
        : Prediction.of(scores, coefficients.length);
  }

  private double[] scores(Rows rows) {
    double[] scores = new double[rows.count() * coefficients.length];
    for (int i = 0; i < scores.length; i++) {
      int row = i / coefficients.length;
      int output = i % coefficients.length;
      double score = intercept[output];
      for (int j = 0; j < rows.width(); j++) {
        score += coefficients[output][j] * rows.values()[row * rows.width() + j];
      }
      if (!Double.isFinite(score)) {
        throw new ServingException(
            ErrorCode.LOAD_FAILED, ref + ": the model answered a number that JSON cannot carry");
      }
      scores[i] = score;
    }
    return scores;
  }

  private long[] classes(double[] scores, int rowCount) {
    long[] classes = new long[rowCount];
    for (int row = 0; row < rowCount; row++) {
      classes[row] = coefficients.length == 1 ? (scores[row] > 0 ? 1 : 0) : best(scores, row);
    }
    return classes;
  }

  private int best(double[] scores, int row) {
    int best = 0;
    for (int output = 1; output < coefficients.length; output++) {
      int first = row * coefficients.length;
      best = scores[first + output] > scores[first + best] ? output : best;
    }
    return best;
  }

  @Override
  public void close() {}
}
