/**
 * What the protocols of Python's model servers have in common: a table of rows in the body, and a
 * list of predictions in the answer.
 */
@NullMarked
package io.manymodels.protocol.tabular;

import org.jspecify.annotations.NullMarked;
