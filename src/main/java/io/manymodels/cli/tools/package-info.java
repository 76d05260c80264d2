/** The commands about tools: simulate, fleet, chaos. */
@NullMarked
package io.manymodels.cli.tools;

import org.jspecify.annotations.NullMarked;
