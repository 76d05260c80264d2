/**
 * How a call gets from one replica to another: which replicas are alive, which one is chosen, what
 * goes over the wire.
 */
@NullMarked
package io.manymodels.routing;

import org.jspecify.annotations.NullMarked;
