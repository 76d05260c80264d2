/** The commands on the file that says who may ask. */
@NullMarked
package io.manymodels.cli.callers;

import org.jspecify.annotations.NullMarked;
