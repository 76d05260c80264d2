package io.manymodels.protocol.v2;

import io.manymodels.model.ServingException;
import io.manymodels.tensor.SomeNames;

/**
 * Parameters of requests, inputs and outputs. Most are hints that may be passed over; those that
 * ask for what is not done here are refused, because the answer would not be the one that the
 * client counts on. Stateless.
 */
public final class InferParameters {
  private static final String SHARED_MEMORY = "shared_memory_";
  private static final String RESERVED = "triton_";

  private InferParameters() {}

  /**
   * Checks one parameter.
   *
   * @param value a {@link Boolean}, a {@link Number} or a {@link String}
   * @throws ServingException {@code INVALID_INPUT} when it asks for shared memory or a sequence, or
   *     has a name that Triton keeps for itself
   */
  public static void check(String key, Object value) {
    if (key.startsWith(SHARED_MEMORY)) {
      throw V2Faults.invalid(
          "the parameter "
              + SomeNames.quoted(key)
              + ": there is no shared memory; send the tensors in the request");
    }
    if (key.startsWith(RESERVED)) {
      throw V2Faults.invalid(
          "the parameter " + SomeNames.quoted(key) + ": names with triton_ are reserved");
    }
    if (key.startsWith("sequence_") && asks(value)) {
      throw V2Faults.invalid(
          "the parameter "
              + SomeNames.quoted(key)
              + ": there are no sequences; each request stands for itself");
    }
  }

  private static boolean asks(Object value) {
    return value instanceof Boolean flag
        ? flag
        : value instanceof Number number ? number.doubleValue() != 0 : !value.equals("");
  }

  /** A parameter that is true or false. Throws {@code INVALID_INPUT} when it is another value. */
  public static boolean flag(String key, Object value) {
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw V2Faults.invalid("the parameter " + SomeNames.quoted(key) + ": expected true or false");
  }

  /**
   * A parameter that counts something.
   *
   * @return at least {@code least}
   * @throws ServingException {@code INVALID_INPUT} when it is no whole number, or less
   */
  public static int count(String key, Object value, int least) {
    if (value instanceof Number number
        && number.doubleValue() == number.intValue()
        && number.intValue() >= least) {
      return number.intValue();
    }
    throw V2Faults.invalid(
        "the parameter "
            + SomeNames.quoted(key)
            + ": expected a whole number, at least "
            + least
            + " and less than 2^31");
  }
}
