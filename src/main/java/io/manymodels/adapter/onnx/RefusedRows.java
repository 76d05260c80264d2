package io.manymodels.adapter.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtException.OrtErrorCode;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.tensor.InputRows;
import io.manymodels.tensor.Rows;
import io.manymodels.time.Deadline;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether the caller is at fault when a model fails on some rows, and finds the row. What
 * ONNX Runtime's operators say of their inputs (an id out of range, a division by zero, a category
 * that is not known) is the caller's; that an operator does not exist or memory is short is not.
 */
record RefusedRows(ModelRef ref, Retry retry) {
  /** The rows that are asked alone to find the one that is refused. */
  private static final int MAX_TRIED = 64;

  private static final Set<OrtErrorCode> OF_VALUES =
      EnumSet.of(
          OrtErrorCode.ORT_FAIL,
          OrtErrorCode.ORT_INVALID_ARGUMENT,
          OrtErrorCode.ORT_RUNTIME_EXCEPTION);

  /** Asks the model for one row. */
  interface Retry {
    /** Whether it answers. */
    boolean answers(List<@Nullable InputRows> bound, int row, Deadline deadline);
  }

  /** Whether the values that a model was asked for can be the reason. */
  static boolean canBeValues(OrtException e) {
    return OF_VALUES.contains(e.getCode()) && !String.valueOf(e.getMessage()).contains("allocate");
  }

  /** What the caller is told. */
  ServingException explain(
      Rows rows, List<@Nullable InputRows> bound, Deadline deadline, OrtException e) {
    if (!canBeValues(e)) {
      return OrtFailures.failed(ref, "predicting", e);
    }
    String detail = "the model refuses the values: " + OrtFailures.reason(e);
    int row = rows.count() == 1 ? 0 : find(rows, bound, deadline);
    return new ServingException(
        ErrorCode.INPUT_MISMATCH,
        ref + ": " + detail,
        row < 0 ? List.of() : List.of(new Violation(rows.pointer(row), detail)));
  }

  /** The first row that is refused alone; -1 when none of those tried is. */
  private int find(Rows rows, List<@Nullable InputRows> bound, Deadline deadline) {
    for (int row = 0; row < Math.min(MAX_TRIED, rows.count()) && !deadline.passed(); row++) {
      try {
        if (!retry.answers(bound, row, deadline)) {
          return row;
        }
      } catch (ServingException e) {
        return -1;
      }
    }
    return -1;
  }
}
