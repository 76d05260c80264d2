/** The protocols that people's clients already speak, on the same models. */
@NullMarked
package io.manymodels.protocol;

import org.jspecify.annotations.NullMarked;
