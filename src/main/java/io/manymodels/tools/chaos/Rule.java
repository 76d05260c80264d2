package io.manymodels.tools.chaos;

import java.util.Locale;

/** The rules that every request must satisfy. */
enum Rule {
  /** The model that answered is the one of the tenant that asked. */
  OWN_TENANT,
  /** The prediction is the one of the model and the version that the answer names. */
  OWN_PREDICTION,
  /** The version was live at some moment between the request and the answer, or its switch ran. */
  LIVE_VERSION,
  /** No answer is of a version older than the last switch confirmed before the request. */
  NOT_STALE,
  /**
   * A pinned tenant is answered where it is pinned, or by Deploymentx while that is broken or
   * silent.
   */
  WHERE_PINNED,
  /**
   * A question which tenants are pinned is answered by the pool confirmed last, or one under way.
   */
  NO_LOST_PIN,
  /** Every answer that is not right has a cause among the faults. */
  EXPLAINED;

  String wireName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
