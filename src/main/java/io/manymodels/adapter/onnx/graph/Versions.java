package io.manymodels.adapter.onnx.graph;

import io.manymodels.protobuf.ProtobufFields;
import io.manymodels.protobuf.ProtobufMessage;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The version numbers of a file, lowered to the newest that ONNX Runtime 1.28 takes where the file
 * then means the same or is refused for another reason.
 *
 * <ul>
 *   <li>IR version 14 only adds element types (onnx.proto of ONNX 1.23), which an older reader
 *       refuses.
 *   <li>The operator sets 27 and 28 add operators, element types and attributes, which an older
 *       reader refuses, and say more exactly what existing ones do (the schemas of ONNX 1.23).
 * </ul>
 *
 * <p>Newer ones are not known, and stay as they are. Look at both again with each new ONNX Runtime.
 */
final class Versions {
  private static final long IR_TAKEN = 13;
  private static final long IR_KNOWN = 14;
  private static final long OPSET_TAKEN = 26;
  private static final long OPSET_KNOWN = 28;

  private Versions() {}

  /** Of the field that holds an IR version; null when it stays. */
  static @Nullable ProtobufMessage lowerIr(ProtobufFields field) {
    return lower(field, IR_TAKEN, IR_KNOWN);
  }

  /** Of the import of an operator set; null when it stays. */
  static @Nullable ProtobufMessage lowerOpset(ByteBuffer message) {
    ProtobufFields fields = new ProtobufFields(message.duplicate());
    String domain = "";
    while (fields.next()) {
      domain = fields.number() == OnnxProto.OPSET_DOMAIN ? fields.text() : domain;
    }
    return domain.isEmpty() || domain.equals("ai.onnx")
        ? ProtobufMessage.changed(
            message,
            field ->
                field.number() == OnnxProto.OPSET_VERSION
                    ? lower(field, OPSET_TAKEN, OPSET_KNOWN)
                    : null)
        : null;
  }

  private static @Nullable ProtobufMessage lower(ProtobufFields field, long taken, long known) {
    return field.value() > taken && field.value() <= known
        ? new ProtobufMessage().number(field.number(), taken)
        : null;
  }
}
