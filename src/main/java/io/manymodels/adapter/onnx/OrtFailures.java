package io.manymodels.adapter.onnx;

import ai.onnxruntime.OrtException;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import java.util.regex.Pattern;

/** The one place where ONNX Runtime's exceptions become ours. */
final class OrtFailures {
  private static final int MAX_REASON = 300;
  private static final Pattern PREFIX = Pattern.compile("^Error code - (\\w+) - message: ");
  private static final Pattern SOURCE =
      Pattern.compile("\\S+\\.(?:cc|cpp|h|hpp):\\d+ (?:.*?\\)(?: const)? )?");
  private static final Pattern OTHER_FILE =
      Pattern.compile("External data|External initializer|should be stored in");
  private static final Pattern WHITE = Pattern.compile("\\s+");

  private OrtFailures() {}

  /** {@code action} is what was tried, as {@code "loading"}. */
  static ServingException failed(ModelRef ref, String action, OrtException e) {
    return new ServingException(
        ErrorCode.LOAD_FAILED, ref + ": " + action + " failed: " + reason(e), e);
  }

  /** One line without the places in ONNX Runtime's own sources. */
  static String reason(OrtException e) {
    String text = String.valueOf(e.getMessage());
    if (OTHER_FILE.matcher(text).find()) {
      return "it keeps weights in another file; export it as one file";
    }
    text = WHITE.matcher(text).replaceAll(" ");
    text = PREFIX.matcher(text).replaceFirst("");
    text = SOURCE.matcher(text).replaceAll("");
    return text.length() <= MAX_REASON ? text : text.substring(0, MAX_REASON) + "...";
  }
}
