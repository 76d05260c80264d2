package io.manymodels.tensor;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import java.util.List;

/** The faults of rows that a model does not take. Stateless. */
final class Mismatch {
  private Mismatch() {}

  /** {@code INPUT_MISMATCH}: a value, or the number of them, is none that the model takes. */
  static ServingException of(String pointer, String detail) {
    return fault(ErrorCode.INPUT_MISMATCH, pointer, detail);
  }

  /**
   * {@code INVALID_INPUT}: something of another kind stands there, as a text instead of a number.
   */
  static ServingException ofKind(String pointer, String detail) {
    return fault(ErrorCode.INVALID_INPUT, pointer, detail);
  }

  private static ServingException fault(ErrorCode code, String pointer, String detail) {
    return new ServingException(
        code,
        "the model does not take these rows: " + SomeNames.pointer(pointer) + ": " + detail,
        List.of(new Violation(pointer, detail)));
  }
}
