/** Parts that the commands share: exit codes, errors, numbers, files, progress. */
@NullMarked
package io.manymodels.cli.console;

import org.jspecify.annotations.NullMarked;
