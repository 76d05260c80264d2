/**
 * How much tenants and callers may ask in a second, over all Dispatchers together: each Dispatcher
 * admits its share by itself, and the shares follow what all of them are asked for.
 */
@NullMarked
package io.manymodels.quota;

import org.jspecify.annotations.NullMarked;
