/** Files that somebody else changes while we use them. */
@NullMarked
package io.manymodels.files;

import org.jspecify.annotations.NullMarked;
