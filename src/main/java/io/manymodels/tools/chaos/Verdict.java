package io.manymodels.tools.chaos;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * The findings of the judge.
 *
 * @param broken how many exchanges broke each rule, for those that were broken
 * @param unexplained of these, those that broke {@link Rule#EXPLAINED}, by how they ended
 * @param findings the first exchanges of each broken rule
 * @param pins the answers about the pinned tenants
 * @param whole the figures of all exchanges
 * @param endpoints those of the exchanges with each address that was asked
 */
record Verdict(
    SortedMap<String, Long> broken,
    SortedMap<String, Long> unexplained,
    List<Finding> findings,
    Pins pins,
    Figures whole,
    List<Figures> endpoints) {

  /**
   * Answers to the question which tenants are pinned.
   *
   * @param asked how many there were
   * @param wrong the first of those that broke {@link Rule#NO_LOST_PIN}
   */
  record Pins(int asked, List<WrongPins> wrong) {}

  /** The pinned tenants according to an answer that came at that time. */
  record WrongPins(double atSeconds, Map<Integer, String> pool) {}

  /**
   * How it went.
   *
   * @param all all exchanges
   * @param calm those that met no fault
   * @param faults those during each kind of fault, by its name
   */
  record Figures(Summary all, Summary calm, SortedMap<String, Summary> faults) {}

  /** An exchange that broke a rule. */
  record Finding(String rule, double atSeconds, ScoreExchange exchange) {}

  /**
   * Some exchanges. Those of tenants that a fault singles out count in {@code requests} only.
   *
   * @param times how often the fault was there; 1 for the whole
   * @param requests how many
   * @param judged those that are expected to succeed
   * @param succeeded of these, with a 200
   * @param retried of the judged ones, those whose connection broke before
   * @param loaded of the judged ones, those of loaded models: of tenants that ask all the time, as
   *     {@link Gaps} has it
   * @param loadedFailed of these, those without a 200
   * @param problems of those that did not succeed, by how they ended
   * @param p50Millis of the judged ones, from when they were due
   * @param p99Millis likewise
   * @param longestGapMillis the longest time that a tenant that asked was not answered
   * @param gapTenant that tenant; 0 when there was no request
   */
  record Summary(
      int times,
      long requests,
      long judged,
      long succeeded,
      long retried,
      long loaded,
      long loadedFailed,
      Map<String, Long> problems,
      double p50Millis,
      double p99Millis,
      double longestGapMillis,
      int gapTenant) {}

  boolean right() {
    return broken.isEmpty();
  }
}
