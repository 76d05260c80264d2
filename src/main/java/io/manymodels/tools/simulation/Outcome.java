package io.manymodels.tools.simulation;

/**
 * The outcome of a policy on a trace.
 *
 * @param requests all of the trace
 * @param hits requests whose tenant was placed when they came
 * @param promotions how often a tenant became placed
 * @param evictions how often a placed tenant left
 * @param steadyPromotions promotions in the second half of the requests, when the first places have
 *     long been filled
 * @param steadyRequests requests in that half
 */
public record Outcome(
    String policy,
    long requests,
    long hits,
    long promotions,
    long evictions,
    long steadyPromotions,
    long steadyRequests) {

  /** {@code 0..1}. */
  public double hitRatio() {
    return (double) hits / requests;
  }

  /** Promotions a request in the second half of the trace. */
  public double steadyPromotionRatio() {
    return (double) steadyPromotions / steadyRequests;
  }

  /** Time spent in loading models into hot deployments, when each load takes so long. */
  public double loadSeconds(double millisPerLoad) {
    return promotions * millisPerLoad / 1_000;
  }
}
