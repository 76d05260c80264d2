package io.manymodels.holding;

import io.manymodels.measuring.Measure;
import io.manymodels.measuring.Measurements;
import io.manymodels.measuring.TenantLog;
import io.manymodels.measuring.Timing;
import io.manymodels.model.TenantId;

/** How long a replica's predictions take, and what they wait for. Thread-safe; takes no lock. */
final class PredictionTimes {
  private final TenantLog tenants;
  private final Timing predictions;
  private final Timing lane;
  private final Timing loads;

  /**
   * @param kind of the replica's deployment: hot or overflow
   */
  PredictionTimes(Measurements measurements, String kind) {
    this.tenants = measurements.tenants();
    this.predictions = measurements.timing(Measure.PREDICTION_SECONDS, kind);
    this.lane = measurements.timing(Measure.HOP_SECONDS, "lane");
    this.loads = measurements.timing(Measure.LOAD_WAIT_SECONDS);
  }

  /** The model of a tenant has predicted. */
  void predicted(TenantId tenant, long nanos) {
    predictions.record(nanos);
    tenants.predicted(tenant, nanos);
  }

  /** A prediction has waited for a thread. */
  void waitedForThread(long nanos) {
    lane.record(nanos);
  }

  /** A request has waited for its model. */
  void waitedForModel(long nanos) {
    loads.record(nanos);
  }
}
