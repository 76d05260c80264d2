/** What users of the project write, compiled and tested here; docs/own-models.md explains it. */
@NullMarked
package io.manymodels.examples;

import org.jspecify.annotations.NullMarked;
