/** The only place that reads the clock, and deadlines made from it. */
@NullMarked
package io.manymodels.time;

import org.jspecify.annotations.NullMarked;
