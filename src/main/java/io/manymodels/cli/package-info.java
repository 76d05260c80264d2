/** The commands that run on the JVM; {@code ./many-models} hands over to them. */
@NullMarked
package io.manymodels.cli;

import org.jspecify.annotations.NullMarked;
