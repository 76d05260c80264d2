package io.manymodels.calls;

import io.manymodels.model.TenantId;
import io.manymodels.routing.PredictCodec;
import io.manymodels.routing.PredictRequest;
import io.manymodels.tensor.Rows;

/** The frames that are sent. */
public final class Frames {
  static final String TENANT = "tenant1";
  private static final int TIMEOUT_MILLIS = 10_000;

  private Frames() {}

  /** As a Dispatcher sends it for one row. */
  static byte[] ofOneRow() {
    return PredictCodec.encode(new PredictRequest(new TenantId(TENANT), row(), TIMEOUT_MILLIS));
  }

  static Rows row() {
    return Rows.matrix(1, 4, new double[] {5.1, 3.5, 1.4, 0.2});
  }

  /** Prints how many bytes that has. */
  public static void main(String[] arguments) {
    System.out.println(ofOneRow().length);
  }
}
