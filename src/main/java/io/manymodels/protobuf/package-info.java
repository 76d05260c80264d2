/**
 * Reads and writes the wire format of protocol buffers, knowing no message in particular.
 *
 * <p>Not by a library: one has an object for every message and copies of its bytes, where ONNX
 * files have up to 2 GiB and thousands of them are loaded to look at a few fields; and ONNX has no
 * library with its messages for Java.
 */
@NullMarked
package io.manymodels.protobuf;

import org.jspecify.annotations.NullMarked;
