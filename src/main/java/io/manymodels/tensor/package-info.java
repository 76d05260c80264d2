/**
 * What goes into a model and what comes out: datatypes, signatures, rows and answers. Knows no
 * format of models and no protocol.
 */
@NullMarked
package io.manymodels.tensor;

import org.jspecify.annotations.NullMarked;
