/** The command that runs the whole application in its own process. */
@NullMarked
package io.manymodels.cli.serve;

import org.jspecify.annotations.NullMarked;
