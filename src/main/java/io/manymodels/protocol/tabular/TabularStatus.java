package io.manymodels.protocol.tabular;

import io.manymodels.http.Problem;
import io.manymodels.model.ErrorCode;

/** The HTTP statuses of errors in the protocols of Python's model servers. Stateless. */
public final class TabularStatus {
  private static final int BAD_REQUEST = 400;
  private static final int UNPROCESSABLE = 422;

  private TabularStatus() {}

  /** Those of our own calls; but rows that a model does not take are 400, as these servers say. */
  public static int of(ErrorCode code) {
    int status = Problem.status(code);
    return status == UNPROCESSABLE ? BAD_REQUEST : status;
  }
}
