package io.manymodels.application;

import io.manymodels.routing.Postmortems;
import io.manymodels.routing.PredictClient;
import java.util.concurrent.Executor;

/**
 * How a Dispatcher asks for predictions.
 *
 * @param postmortems tells what replicas that were lost left behind
 * @param later runs what it is given after a short pause, and must not be blocked
 */
public record PredictionCalls(PredictClient client, Postmortems postmortems, Executor later) {}
