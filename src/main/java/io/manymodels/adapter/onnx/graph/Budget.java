package io.manymodels.adapter.onnx.graph;

import io.manymodels.protobuf.ProtobufFields;

/**
 * How much of a file is still kept as objects, which take many times the bytes that they have in a
 * file made to exhaust memory. Not thread-safe.
 */
final class Budget {
  /** Operators, constants and names; a network of a thousand layers has some ten thousand. */
  private static final int MAX_PARTS = 1_000_000;

  /** Longer ones are no names. */
  private static final int MAX_NAME_BYTES = 4096;

  private int parts;

  /** Takes note of a part; throws {@link IllegalArgumentException} when there are too many. */
  void part() {
    parts++;
    if (parts > MAX_PARTS) {
      throw new IllegalArgumentException("it has more than " + MAX_PARTS + " parts");
    }
  }

  /** The field as a name; throws {@link IllegalArgumentException} when there are too many. */
  String name(ProtobufFields field) {
    part();
    if (field.message().remaining() > MAX_NAME_BYTES) {
      throw new IllegalArgumentException("it has a name of more than " + MAX_NAME_BYTES + " bytes");
    }
    return field.text();
  }
}
