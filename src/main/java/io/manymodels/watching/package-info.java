/**
 * The registry watcher: one look at the registry a period, for all replicas, and the words that
 * tell them what it found. Runs in SharedMemory.
 */
@NullMarked
package io.manymodels.watching;

import org.jspecify.annotations.NullMarked;
