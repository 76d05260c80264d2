package io.manymodels.routing;

import java.util.List;
import java.util.Optional;

/**
 * The traces that a replica left behind when it was lost.
 *
 * @param crashed the prediction that ended the process, if one did: the process says so itself, in
 *     its fatal error log. Empty when it was killed from outside, and when it is alive
 * @param running the other predictions that it had begun and not ended
 */
public record Postmortem(Optional<RunningPrediction> crashed, List<RunningPrediction> running) {
  public Postmortem {
    running = List.copyOf(running);
  }
}
