/** The page of all settings and metrics, made from the code. */
@NullMarked
package io.manymodels.reference;

import org.jspecify.annotations.NullMarked;
