/** From bytes to a loaded model, and from feature rows to predictions. */
@NullMarked
package io.manymodels.inference;

import org.jspecify.annotations.NullMarked;
