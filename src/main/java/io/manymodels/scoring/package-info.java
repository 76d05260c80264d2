/** A request to score rows, from admission to the answer. Runs in Dispatchers. */
@NullMarked
package io.manymodels.scoring;

import org.jspecify.annotations.NullMarked;
