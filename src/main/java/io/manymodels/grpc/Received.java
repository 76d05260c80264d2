package io.manymodels.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A message of a client, or why it is none: a marshaller that throws would end the call as if the
 * fault were ours.
 *
 * @param message null when it cannot be read
 * @param fault null when it can
 */
record Received<M>(@Nullable M message, @Nullable ServingException fault) {

  /** The message; throws {@code INVALID_INPUT}, {@code PAYLOAD_TOO_LARGE} or {@code OVERLOADED}. */
  M get() {
    if (message == null) {
      throw fault == null ? new IllegalStateException("neither message nor fault") : fault;
    }
    return message;
  }

  /**
   * Reads messages of this type.
   *
   * @param mostParts fields and whole numbers of one message, asked at each
   * @param budget which counts what they become
   */
  static <M extends Message> Marshaller<Received<M>> marshaller(
      M type, IntSupplier mostParts, MessageBudget budget) {
    Marshaller<M> strict = ProtoUtils.marshaller(type);
    return new Marshaller<>() {
      @Override
      public InputStream stream(Received<M> value) {
        return strict.stream(value.get());
      }

      @Override
      public Received<M> parse(InputStream stream) {
        try {
          byte[] bytes = bytes(stream);
          budget.ofThisCall().takeParts(parts(bytes, type, mostParts.getAsInt()));
          return new Received<>(read(bytes, type), null);
        } catch (ServingException e) {
          return new Received<>(null, e);
        } catch (StatusRuntimeException e) {
          return new Received<>(null, fault(e));
        } catch (IOException e) {
          return new Received<>(null, damaged(e));
        }
      }
    };
  }

  private static byte[] bytes(InputStream stream) throws IOException {
    if (!(stream instanceof KnownLength)) {
      return stream.readAllBytes();
    }
    byte[] bytes = new byte[stream.available()];
    stream.readNBytes(bytes, 0, bytes.length);
    return bytes;
  }

  private static int parts(byte[] bytes, Message type, int most) {
    int parts = MessageParts.count(bytes, type.getDescriptorForType(), most);
    if (parts > most) {
      throw new ServingException(
          ErrorCode.PAYLOAD_TOO_LARGE,
          "a message of this method has at most " + most + " fields and numbers");
    }
    return parts;
  }

  /** Raw tensors stay where they are. */
  @SuppressWarnings("unchecked")
  private static <M extends Message> M read(byte[] bytes, M type) throws IOException {
    CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
    in.enableAliasing(true);
    M message = (M) type.getParserForType().parseFrom(in);
    in.checkLastTagWas(0);
    return message;
  }

  private static ServingException fault(StatusRuntimeException e) {
    if (e.getStatus().getCode() == Status.Code.RESOURCE_EXHAUSTED) {
      return new ServingException(
          ErrorCode.PAYLOAD_TOO_LARGE, String.valueOf(e.getStatus().getDescription()), e);
    }
    return damaged(e);
  }

  private static ServingException damaged(Exception cause) {
    return new ServingException(
        ErrorCode.INVALID_INPUT, "the message is not one of this method, or is damaged", cause);
  }
}
