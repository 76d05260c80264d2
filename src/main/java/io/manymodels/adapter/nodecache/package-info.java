/**
 * Artifacts that the processes of a node share in a folder, which is best in memory ({@code
 * /dev/shm}): {@code <folder>/<first two digits>/<digest>}.
 */
@NullMarked
package io.manymodels.adapter.nodecache;

import org.jspecify.annotations.NullMarked;
