package io.manymodels.examples;

import io.manymodels.inference.LoadedModel;
import io.manymodels.tensor.Binding;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.Matrix;
import io.manymodels.tensor.ModelInput;
import io.manymodels.tensor.ModelOutput;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Signature;
import java.util.List;
import java.util.Optional;

/** A linear model. Immutable, hence thread-safe; there is nothing to close. */
final class LinearModel implements LoadedModel {
  private static final int OBJECT_BYTES = 64;

  private final Binding binding;
  private final double[][] coefficients;
  private final double[] intercept;
  private final boolean classifies;

  /**
   * @param published the signature in the metadata, whose columns may have names
   */
  LinearModel(
      double[][] coefficients,
      double[] intercept,
      boolean classifies,
      Optional<Signature> published) {
    this.coefficients = coefficients;
    this.intercept = intercept;
    this.classifies = classifies;
    this.binding = new Binding(published.orElseGet(this::ownSignature));
  }

  private Signature ownSignature() {
    int outputs = classifies ? 1 : coefficients.length;
    return new Signature(
        List.of(
            new ModelInput(
                "data", Datatype.FP64, List.of(Signature.FREE, (long) coefficients[0].length))),
        List.of(
            new ModelOutput(
                "prediction",
                classifies ? Datatype.INT64 : Datatype.FP64,
                outputs == 1 ? List.of(Signature.FREE) : List.of(Signature.FREE, (long) outputs))));
  }

  @Override
  public Signature signature() {
    return binding.signature();
  }

  @Override
  public long weightBytes() {
    return (long) coefficients.length
        * (OBJECT_BYTES + (long) Double.BYTES * coefficients[0].length);
  }

  @Override
  public Prediction predict(Rows rows) {
    Matrix matrix = Matrix.of(binding, rows);
    double[] scores = scores(matrix);
    return classifies
        ? Prediction.of(classes(scores, matrix.count()), 1)
        : Prediction.of(scores, coefficients.length);
  }

  private double[] scores(Matrix rows) {
    double[] scores = new double[rows.count() * coefficients.length];
    for (int i = 0; i < scores.length; i++) {
      int row = i / coefficients.length;
      int output = i % coefficients.length;
      double score = intercept[output];
      for (int j = 0; j < rows.width(); j++) {
        score += coefficients[output][j] * rows.values()[row * rows.width() + j];
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
