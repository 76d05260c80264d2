/** The placement table, and the decisions that change it. Pure: no I/O, no threads. */
@NullMarked
package io.manymodels.placement;

import org.jspecify.annotations.NullMarked;
