/** Reads and writes the wire format of protocol buffers, knowing no message in particular. */
@NullMarked
package io.manymodels.protobuf;

import org.jspecify.annotations.NullMarked;
