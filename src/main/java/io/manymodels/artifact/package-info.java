/** Serialized models as bytes: the port to the stores that hold them. */
@NullMarked
package io.manymodels.artifact;

import org.jspecify.annotations.NullMarked;
