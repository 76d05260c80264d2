/**
 * Traffic statistics: counted in the Dispatchers, decayed in SharedMemory.
 *
 * <p>The counting rule. A <i>request</i> is one that was answered with a prediction; rejected and
 * failed requests are not counted. It is exactly one of
 *
 * <ul>
 *   <li>a <i>hit</i>: a hot deployment answered it, where the tenant is placed;
 *   <li>an <i>overflow hit</i>: Deploymentx answered it with a model that was loaded already;
 *   <li>a <i>load</i>: Deploymentx answered it and it waited until the model was loaded, whether it
 *       started that load or joined it.
 * </ul>
 *
 * The <i>hit ratio</i> is hits divided by requests. A <i>promotion</i> is a tenant becoming placed
 * because of its traffic; an <i>eviction</i> is a placed tenant losing its place for whatever cause
 * (see {@code EvictionCause}). A move of a tenant by an operator is neither hit nor promotion.
 */
@NullMarked
package io.manymodels.stats;

import org.jspecify.annotations.NullMarked;
