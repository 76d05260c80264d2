package io.manymodels.transport;

import io.manymodels.inference.FeatureRows;
import io.manymodels.model.TenantId;
import io.manymodels.routing.PredictCodec;
import io.manymodels.routing.PredictRequest;

/** What is sent. */
public final class Frames {
  private static final int TIMEOUT_MILLIS = 10_000;

  private Frames() {}

  /** As a Dispatcher sends it for one row. */
  static byte[] ofOneRow() {
    FeatureRows rows = new FeatureRows(1, 4, new double[] {5.1, 3.5, 1.4, 0.2});
    return PredictCodec.encode(new PredictRequest(new TenantId("tenant1"), rows, TIMEOUT_MILLIS));
  }

  /** Prints how many bytes that has. */
  public static void main(String[] arguments) {
    System.out.println(ofOneRow().length);
  }
}
