package io.manymodels.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Counts what a message is made of before it is read. A field of two bytes becomes an object of
 * fifty or more, so that the size of a message does not say what it takes. Not thread-safe.
 */
final class MessageParts {
  private final byte[] message;
  private final CodedInputStream in;
  private final int most;
  private int count;

  private MessageParts(byte[] message, int most) {
    this.message = message;
    this.in = CodedInputStream.newInstance(message);
    this.most = most;
  }

  /**
   * Counts fields at all depths, known or not, and whole numbers in lists.
   *
   * @param most where counting ends
   * @return {@code most + 1} when there are more. A message that is damaged is counted up to there
   */
  static int count(byte[] message, Descriptor type, int most) {
    MessageParts parts = new MessageParts(message, most);
    try {
      parts.addAll(type);
    } catch (IOException damaged) {
      // The reader of the message reports it.
    }
    return parts.count;
  }

  private void addAll(Descriptor type) throws IOException {
    for (int tag = in.readTag(); tag != 0 && ++count <= most; tag = in.readTag()) {
      @Nullable FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
      switch (WireFormat.getTagWireType(tag)) {
        case WireFormat.WIRETYPE_LENGTH_DELIMITED -> addLengthy(field);
        case WireFormat.WIRETYPE_START_GROUP, WireFormat.WIRETYPE_END_GROUP -> {
          // What is in it follows.
        }
        default -> in.skipField(tag);
      }
    }
  }

  private void addLengthy(@Nullable FieldDescriptor field) throws IOException {
    int length = in.readRawVarint32();
    if (field != null && field.getJavaType() == JavaType.MESSAGE) {
      int outer = in.pushLimit(length);
      addAll(field.getMessageType());
      in.skipRawBytes(Math.max(0, in.getBytesUntilLimit()));
      in.popLimit(outer);
      return;
    }
    int start = in.getTotalBytesRead();
    in.skipRawBytes(length);
    if (field != null && field.isRepeated() && isOfVariableLength(field)) {
      for (int i = start; i < start + length && count <= most; i++) {
        count += message[i] >= 0 ? 1 : 0;
      }
    }
  }

  private static boolean isOfVariableLength(FieldDescriptor field) {
    return switch (field.getType()) {
      case INT32, INT64, UINT32, UINT64, SINT32, SINT64, ENUM -> true;
      default -> false;
    };
  }
}
