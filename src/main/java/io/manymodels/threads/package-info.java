/**
 * Threads: bounded, named and numbered pools, loops, and waiting for futures. Nobody else creates a
 * thread.
 */
@NullMarked
package io.manymodels.threads;

import org.jspecify.annotations.NullMarked;
