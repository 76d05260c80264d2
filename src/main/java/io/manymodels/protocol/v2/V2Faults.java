package io.manymodels.protocol.v2;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.SomeNames;

/** The faults of requests of this protocol. Stateless. */
final class V2Faults {
  private V2Faults() {}

  /** {@code INVALID_INPUT}. */
  static ServingException invalid(String detail) {
    return new ServingException(ErrorCode.INVALID_INPUT, detail);
  }

  /** {@code INVALID_INPUT} about one input. */
  static ServingException ofInput(String name, String detail) {
    return invalid("the input " + SomeNames.quoted(name) + ": " + detail);
  }

  /** {@code INVALID_INPUT} about one output. */
  static ServingException ofOutput(String name, String detail) {
    return invalid("the output " + SomeNames.quoted(name) + ": " + detail);
  }

  /** {@code PAYLOAD_TOO_LARGE}. */
  static ServingException tooLarge(String detail) {
    return new ServingException(ErrorCode.PAYLOAD_TOO_LARGE, detail);
  }
}
