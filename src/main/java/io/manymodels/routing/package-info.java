/**
 * How a call gets from one replica to another: who is alive, who is chosen, what goes over the
 * wire.
 */
@NullMarked
package io.manymodels.routing;

import org.jspecify.annotations.NullMarked;
