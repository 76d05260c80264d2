/**
 * Moves as they happen, for clients that watch: promotions, evictions, pins, switches of versions.
 * Knows no connection: what a client has not taken yet waits in a bounded queue of its own.
 */
@NullMarked
package io.manymodels.http.moves;

import org.jspecify.annotations.NullMarked;
