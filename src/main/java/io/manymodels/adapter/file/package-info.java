/** Ports on a directory; JDK only. */
@NullMarked
package io.manymodels.adapter.file;

import org.jspecify.annotations.NullMarked;
