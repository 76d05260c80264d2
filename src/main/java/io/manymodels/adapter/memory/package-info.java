/** Ports in the memory of one process; the reference implementations. */
@NullMarked
package io.manymodels.adapter.memory;

import org.jspecify.annotations.NullMarked;
