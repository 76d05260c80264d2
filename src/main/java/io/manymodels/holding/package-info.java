/**
 * What a replica does with models: holds them, predicts with them, switches to new versions. Runs
 * in replicas of Deployment1..N and Deploymentx.
 */
@NullMarked
package io.manymodels.holding;

import org.jspecify.annotations.NullMarked;
