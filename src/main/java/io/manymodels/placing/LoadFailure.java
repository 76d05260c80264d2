package io.manymodels.placing;

import io.manymodels.model.ErrorCode;

/** Why a model is not loaded where it should be. */
record LoadFailure(ErrorCode code, String detail) {
  static LoadFailure tooHeavy(String deployment, long bytes) {
    return new LoadFailure(
        ErrorCode.DEDICATED_POOL_REFUSED,
        deployment + " would hold " + bytes + " bytes of models, more than its capacity_mib");
  }

  static LoadFailure noReplica(String detail) {
    return new LoadFailure(ErrorCode.NO_REPLICA, detail);
  }
}
