/**
 * The work of a replica with models: it holds them, predicts with them and switches to new
 * versions. Runs in replicas of Deployment1..N and Deploymentx.
 */
@NullMarked
package io.manymodels.holding;

import org.jspecify.annotations.NullMarked;
