/** Understands the files and folders that people hold models in before they are artifacts. */
@NullMarked
package io.manymodels.formats;

import org.jspecify.annotations.NullMarked;
