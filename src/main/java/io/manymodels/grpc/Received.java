package io.manymodels.grpc;

import com.google.protobuf.Message;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A message of a client, or why it is none: a marshaller that throws would end the call as if the
 * fault were ours.
 *
 * @param message null when it cannot be read
 * @param fault null when it can
 */
record Received<M>(@Nullable M message, @Nullable ServingException fault) {

  /** The message; throws {@code INVALID_INPUT} or {@code PAYLOAD_TOO_LARGE}. */
  M get() {
    if (message == null) {
      throw fault == null ? new IllegalStateException("neither message nor fault") : fault;
    }
    return message;
  }

  /** Reads messages of this type. */
  static <M extends Message> Marshaller<Received<M>> marshaller(M type) {
    Marshaller<M> strict = ProtoUtils.marshaller(type);
    return new Marshaller<>() {
      @Override
      public InputStream stream(Received<M> value) {
        return strict.stream(value.get());
      }

      @Override
      public Received<M> parse(InputStream bytes) {
        try {
          return new Received<>(strict.parse(bytes), null);
        } catch (StatusRuntimeException e) {
          return new Received<>(null, fault(e));
        }
      }
    };
  }

  private static ServingException fault(StatusRuntimeException e) {
    if (e.getStatus().getCode() == Status.Code.RESOURCE_EXHAUSTED) {
      return new ServingException(
          ErrorCode.PAYLOAD_TOO_LARGE, String.valueOf(e.getStatus().getDescription()), e);
    }
    return new ServingException(
        ErrorCode.INVALID_INPUT, "the message is not one of this method, or is damaged", e);
  }
}
