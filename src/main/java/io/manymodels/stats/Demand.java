package io.manymodels.stats;

import io.manymodels.model.TenantId;
import java.time.Duration;
import java.util.List;

/** The view of the traffic that a placement policy reads, as of one instant. */
public interface Demand {

  /** The worth of a place for the tenant; no hits when the tenant is not known. */
  Worth of(TenantId tenant);

  /** The known tenants whose benefit is greater than this, in no particular order. */
  List<TenantWorth> above(double benefit);

  /** The half-life of the hits in every {@link Worth}. */
  Duration halfLife();
}
