package io.manymodels.examples;

import io.manymodels.artifact.ArtifactDescriptor;
import io.manymodels.inference.LoadedModel;
import io.manymodels.inference.ModelLoader;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Signature;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Loads linear models written as JSON: {@code {"coefficients": [[0.5, -1]], "intercept": [2],
 * "kind": "regression"}}. There is one list of coefficients, and one intercept, for each number
 * that is answered (regression) or each class (classification; a single list decides between the
 * classes 0 and 1). Thread-safe.
 */
public final class LinearJsonModelLoader implements ModelLoader {

  enum Kind {
    regression,
    classification
  }

  /** The file as it is written. */
  record Parameters(
      @Nullable List<List<Double>> coefficients,
      @Nullable List<Double> intercept,
      @Nullable Kind kind) {}

  @Override
  public String format() {
    return "linear-json";
  }

  /** Lets columns be named, and {@code models show} tell what the model takes. */
  @Override
  public Optional<Signature> signature(ModelRef ref, ByteBuffer bytes) {
    return Optional.of(read(ref, bytes, Optional.empty()).signature());
  }

  /** With the names of columns that its publisher gave, if there are any. */
  @Override
  public LoadedModel load(ArtifactDescriptor artifact, ByteBuffer bytes) {
    return read(artifact.ref(), bytes, artifact.usage().signature());
  }

  private static LinearModel read(ModelRef ref, ByteBuffer bytes, Optional<Signature> published) {
    try {
      Parameters file = Json.read(bytes, Parameters.class);
      if (file.coefficients() == null || file.intercept() == null || file.kind() == null) {
        throw new IllegalArgumentException("it needs coefficients, intercept and kind");
      }
      double[][] coefficients =
          file.coefficients().stream().map(LinearJsonModelLoader::numbers).toArray(double[][]::new);
      double[] intercept = numbers(file.intercept());
      checkShape(coefficients, intercept);
      return new LinearModel(
          coefficients, intercept, file.kind() == Kind.classification, published);
    } catch (IllegalArgumentException e) {
      throw new ServingException(
          ErrorCode.LOAD_FAILED,
          ref + ": the artifact is not a linear model: " + e.getMessage(),
          e);
    }
  }

  private static double[] numbers(@Nullable List<Double> list) {
    if (list == null || list.contains(null)) {
      throw new IllegalArgumentException("null is not a number");
    }
    return list.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static void checkShape(double[][] coefficients, double[] intercept) {
    if (coefficients.length == 0 || coefficients.length != intercept.length) {
      throw new IllegalArgumentException(
          coefficients.length + " lists of coefficients for " + intercept.length + " intercepts");
    }
    for (double[] row : coefficients) {
      if (row.length == 0 || row.length != coefficients[0].length) {
        throw new IllegalArgumentException("the lists of coefficients are not equally long");
      }
    }
  }
}
