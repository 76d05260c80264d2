/** Replays traces of requests through placement policies, to compare them. */
@NullMarked
package io.manymodels.simulation;

import org.jspecify.annotations.NullMarked;
