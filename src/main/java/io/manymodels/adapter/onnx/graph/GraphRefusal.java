package io.manymodels.adapter.onnx.graph;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import java.util.regex.Pattern;

/** Says why a file is not taken: in one line, whatever is in the names that it has. */
final class GraphRefusal {
  private static final int MAX_LENGTH = 500;
  private static final Pattern NOT_OF_A_LINE = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]");

  private GraphRefusal() {}

  /** {@code reason} goes on after the model's name. */
  static ServingException of(ModelRef ref, String reason, RuntimeException cause) {
    String line = NOT_OF_A_LINE.matcher(reason).replaceAll("?");
    String cut = line.length() <= MAX_LENGTH ? line : line.substring(0, MAX_LENGTH) + "...";
    return new ServingException(ErrorCode.LOAD_FAILED, ref + ": " + cut, cause);
  }

  /** Of a file that is no ONNX file. */
  static ServingException ofBytes(ModelRef ref, RuntimeException cause) {
    return of(ref, "the artifact is not an ONNX file: " + cause.getMessage(), cause);
  }

  /** Of a model that cannot be served as it is; the cause's message goes on after it. */
  static ServingException ofModel(ModelRef ref, RuntimeException cause) {
    return of(ref, "the model is not taken: " + cause.getMessage(), cause);
  }
}
