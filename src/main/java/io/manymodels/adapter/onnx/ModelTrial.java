package io.manymodels.adapter.onnx;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.OutputValue;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Prediction;
import io.manymodels.tensor.Rows;
import io.manymodels.tensor.Trial;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Optional;

/**
 * The first prediction of a model: what only fails when it runs shows before anybody is served.
 *
 * @param limit after which a model is too slow
 */
record ModelTrial(ModelRef ref, OnnxModel model, Duration limit) {
  private static final String ADVICE = "; publish it with --example FILE to have it tried by that";

  /**
   * Asks for all outputs: for the example, else for zeros and empty texts. As these may be values
   * that the model rightly refuses, it is only warned of then.
   *
   * @throws ServingException {@code LOAD_FAILED} when the model can answer nobody
   */
  void run(Optional<Rows> example) {
    if (example.isPresent()) {
      byExample(example.get().wanting(Outputs.ALL));
    } else {
      byZeros();
    }
  }

  private void byExample(Rows rows) {
    try {
      var unused = predict(rows);
    } catch (ServingException e) {
      throw failed("it does not answer its own example: ", e);
    }
  }

  private void byZeros() {
    Rows zeros;
    try {
      zeros = Trial.zeros(model.signature(), model.rowsToTry());
    } catch (IllegalArgumentException e) {
      model.warn("it was not tried: " + e.getMessage() + ADVICE);
      return;
    }
    try {
      Prediction answer = predict(zeros);
      notFinite(answer)
          .ifPresent(
              output ->
                  model.warn(
                      "the answer to zeros and empty strings has a number in the output '"
                          + output
                          + "' that is not finite, which callers get as null"
                          + ADVICE));
    } catch (ServingException e) {
      if (e.code() != ErrorCode.INPUT_MISMATCH) {
        throw failed("", e);
      }
      model.warn("tried with zeros and empty strings, " + text(e) + ADVICE);
    }
  }

  private Prediction predict(Rows rows) {
    try {
      return model.predict(rows, Deadline.after(limit, Ticker.SYSTEM));
    } catch (ServingException e) {
      if (e.code() != ErrorCode.DEADLINE_EXCEEDED) {
        throw e;
      }
      throw new ServingException(
          ErrorCode.LOAD_FAILED,
          ref + ": the prediction that tries it was ended after " + limit.toMillis() + " ms",
          e);
    }
  }

  private ServingException failed(String what, ServingException e) {
    return new ServingException(ErrorCode.LOAD_FAILED, ref + ": " + what + text(e), e);
  }

  private String text(ServingException e) {
    String text = String.valueOf(e.getMessage());
    String prefix = ref + ": ";
    return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
  }

  private static Optional<String> notFinite(Prediction answer) {
    return answer.outputs().stream()
        .filter(output -> !isFinite(output.value()))
        .map(Prediction.Named::name)
        .findFirst();
  }

  private static boolean isFinite(OutputValue value) {
    if (value instanceof OutputValue.Tensor tensor) {
      return isFinite(tensor.cells());
    }
    if (value instanceof OutputValue.ByClass byClass) {
      return isFinite(byClass.values());
    }
    if (value instanceof OutputValue.Entries entries) {
      return isFinite(entries.values());
    }
    return ((OutputValue.Sequence) value).values().stream().allMatch(ModelTrial::isFinite);
  }

  private static boolean isFinite(Cells cells) {
    for (int i = 0; i < cells.size(); i++) {
      if (cells.kind(i) == Cells.Kind.NUMBER && !Double.isFinite(cells.number(i))) {
        return false;
      }
    }
    return true;
  }
}
