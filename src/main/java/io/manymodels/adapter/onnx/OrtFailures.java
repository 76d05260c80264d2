package io.manymodels.adapter.onnx;

import ai.onnxruntime.OrtException;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The one place where ONNX Runtime's exceptions become ours. */
final class OrtFailures {
  private static final int MAX_REASON = 300;
  private static final Pattern PREFIX = Pattern.compile("^Error code - (\\w+) - message: ");
  private static final Pattern SOURCE =
      Pattern.compile("\\S+\\.(?:cc|cpp|h|hpp):\\d+ (?:.*?\\)(?: const)? )?");
  private static final Pattern RUNNING =
      Pattern.compile(
          "Non-zero status code returned while running (\\w+) node\\. Name:'[^']*' Status Message: ");

  /**
   * What ONNX Runtime says, and what helps.
   *
   * @param text may refer to the groups of the symptom
   */
  private record Advice(Pattern symptom, String text) {
    Advice(String symptom, String text) {
      this(Pattern.compile(symptom), text);
    }
  }

  private static final List<Advice> ADVICE =
      List.of(
          new Advice(
              "External data|External initializer|should be stored in",
              "it keeps weights in another file; publish it with that file beside it (models"
                  + " publish), or export it with external_data=False"),
          new Advice(
              "(\\S+:\\w+)\\(-?\\d+\\) is not a registered function/op",
              "it needs the custom operator $1, which ONNX Runtime does not have; export it without"
                  + " that step, and do the step before the request"),
          new Advice(
              "Type 'tensor\\((\\w+)\\)' of input parameter \\(.*?\\) of operator \\((\\w+)\\).*",
              "its operator $2 takes no $1; convert it from float32 data, and with scikit-learn's"
                  + " converter set zipmap to False"),
          new Advice(
              "Could not find an implementation for (\\w+)\\(\\d+\\).*",
              "ONNX Runtime has no $1 for numbers of this type; convert it from float32 data"),
          new Advice(
              "Unsupported model IR version: (\\d+), max supported IR version: (\\d+).*",
              "it is written in IR version $1; write it with ir_version=$2 and the opset that goes with"
                  + " it"),
          new Advice(
              "Opset (\\d+) is under development and support for this is limited.*",
              "it is written in opset $1, which this ONNX Runtime does not know; export it with a lower"
                  + " target_opset"));
  private static final Pattern WHITE = Pattern.compile("\\s+");

  private OrtFailures() {}

  /** {@code action} is what was tried, as {@code "loading"}. */
  static ServingException failed(ModelRef ref, String action, OrtException e) {
    return new ServingException(
        ErrorCode.LOAD_FAILED, ref + ": " + action + " failed: " + reason(e), e);
  }

  /** One line for the person who made the model, with what to do where that is known. */
  static String reason(OrtException e) {
    String text = WHITE.matcher(String.valueOf(e.getMessage())).replaceAll(" ");
    for (Advice advice : ADVICE) {
      Matcher matcher = advice.symptom().matcher(text);
      if (matcher.find()) {
        return matcher.group().replaceFirst(advice.symptom().pattern(), advice.text());
      }
    }
    text = PREFIX.matcher(text).replaceFirst("");
    text = SOURCE.matcher(text).replaceAll("");
    text = RUNNING.matcher(text).replaceFirst("$1: ");
    return text.length() <= MAX_REASON ? text : text.substring(0, MAX_REASON) + "...";
  }
}
