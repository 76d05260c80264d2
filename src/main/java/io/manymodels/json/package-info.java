/** The one way JSON is read and written. */
@NullMarked
package io.manymodels.json;

import org.jspecify.annotations.NullMarked;
