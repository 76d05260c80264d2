/**
 * The ONNX file itself, without ONNX Runtime: what a model takes and answers, and the copy of the
 * file that a session is made of where it cannot be made of the file as it is.
 */
@NullMarked
package io.manymodels.adapter.onnx.graph;

import org.jspecify.annotations.NullMarked;
