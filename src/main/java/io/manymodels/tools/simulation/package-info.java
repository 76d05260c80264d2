/** Replays traces of requests through placement policies, to compare them. */
@NullMarked
package io.manymodels.tools.simulation;

import org.jspecify.annotations.NullMarked;
