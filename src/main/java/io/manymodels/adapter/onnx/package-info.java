/** Models in the ONNX format, run by ONNX Runtime; its types do not leave this package. */
@NullMarked
package io.manymodels.adapter.onnx;

import org.jspecify.annotations.NullMarked;
