package io.manymodels.placing;

import io.manymodels.model.ServingException;

/** One step of a placement round. */
interface RoundStep {
  /** Does the step; may throw {@link ServingException}, after which the round goes on. */
  void run() throws InterruptedException;

  /** Does a step and logs its failure, which must not keep the next step from being made. */
  static void attempt(RoundStep step) throws InterruptedException {
    System.Logger log = System.getLogger(PlacementLoop.class.getName());
    try {
      step.run();
    } catch (ServingException e) {
      log.log(System.Logger.Level.WARNING, "placement round: {0}", e.getMessage());
    } catch (IllegalStateException e) {
      log.log(System.Logger.Level.ERROR, "placement round", e);
    }
  }
}
