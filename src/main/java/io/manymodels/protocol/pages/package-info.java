/** Files of web pages that are served from the jar. */
@NullMarked
package io.manymodels.protocol.pages;

import org.jspecify.annotations.NullMarked;
