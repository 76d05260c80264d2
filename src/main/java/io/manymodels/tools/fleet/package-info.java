/**
 * Makes models, as many and as different from each other as a test needs: the one writer of ONNX
 * files for tests and measurements.
 */
@NullMarked
package io.manymodels.tools.fleet;

import org.jspecify.annotations.NullMarked;
