/**
 * How a replica gets a model: from the tiers to a loaded model. Runs in replicas of Deployment1..N
 * and Deploymentx.
 */
@NullMarked
package io.manymodels.loading;

import org.jspecify.annotations.NullMarked;
