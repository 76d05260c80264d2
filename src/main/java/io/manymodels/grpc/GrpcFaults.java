package io.manymodels.grpc;

import io.grpc.Metadata;
import io.grpc.Status;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.Violation;
import io.manymodels.observing.Observed;
import io.manymodels.threads.Completions;

/** Failures as gRPC tells them. Stateless. */
final class GrpcFaults {
  private static final System.Logger LOG = System.getLogger(GrpcFaults.class.getName());

  /** Clients refuse trailers of more than 8 KiB, and other characters are sent as three. */
  private static final int MAX_MESSAGE = 2_000;

  private static final int MAX_VIOLATIONS = 3;
  private static final int MILLIS = 1_000;

  /** Milliseconds before a client that retries by itself does so (gRFC A6). */
  private static final Metadata.Key<String> RETRY_PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  private GrpcFaults() {}

  /** The code of every error. */
  static Status.Code code(ErrorCode code) {
    return switch (code) {
      case INVALID_INPUT, INPUT_MISMATCH, UNSUPPORTED_MEDIA_TYPE -> Status.Code.INVALID_ARGUMENT;
      case UNAUTHENTICATED -> Status.Code.UNAUTHENTICATED;
      case FORBIDDEN -> Status.Code.PERMISSION_DENIED;
      case NOT_FOUND, MODEL_NOT_FOUND, MODEL_VERSION_NOT_FOUND -> Status.Code.NOT_FOUND;
      case METHOD_NOT_ALLOWED -> Status.Code.UNIMPLEMENTED;
      case VERSION_EXISTS, VERSION_LIVE, DEDICATED_POOL_REFUSED -> Status.Code.FAILED_PRECONDITION;
      case PAYLOAD_TOO_LARGE, HEADERS_TOO_LARGE, TENANT_OVER_SHARE, QUOTA_EXCEEDED ->
          Status.Code.RESOURCE_EXHAUSTED;
      case INTERNAL, ARTIFACT_CORRUPT, LOAD_FAILED, MODEL_CRASHED -> Status.Code.INTERNAL;
      case OVERLOADED, NO_REPLICA, STORE_UNAVAILABLE, ISSUER_UNAVAILABLE -> Status.Code.UNAVAILABLE;
      case DEADLINE_EXCEEDED -> Status.Code.DEADLINE_EXCEEDED;
    };
  }

  /** What a client is told of a failure; the details of a defect go to the log. */
  static Status status(Throwable failure, String requestId) {
    ServingException told = told(failure, requestId);
    return code(told.code()).toStatus().withDescription(message(told));
  }

  /** The trailers that belong to a failure. */
  static Metadata trailers(Throwable failure, String requestId) {
    Metadata trailers = new Metadata();
    trailers.put(CallHead.REQUEST_ID, requestId);
    if (Completions.cause(failure) instanceof ServingException known
        && known.code().retryable()
        && known.code() != ErrorCode.DEADLINE_EXCEEDED) {
      trailers.put(RETRY_PUSHBACK, String.valueOf(known.retryAfterSeconds() * MILLIS));
    }
    return trailers;
  }

  /** Ends what is noted of a request that failed. */
  static void end(Observed observed, Throwable failure) {
    ErrorCode code =
        Completions.cause(failure) instanceof ServingException known
            ? known.code()
            : ErrorCode.INTERNAL;
    observed.failed(code);
    observed.end(code(code).value(), -1);
  }

  /** The message of {@link #status}. */
  static String message(Throwable failure, String requestId) {
    return message(told(failure, requestId));
  }

  private static ServingException told(Throwable failure, String requestId) {
    Throwable cause = Completions.cause(failure);
    if (cause instanceof ServingException known && known.code() != ErrorCode.INTERNAL) {
      return known;
    }
    LOG.log(System.Logger.Level.ERROR, "request " + requestId, cause);
    return new ServingException(
        ErrorCode.INTERNAL,
        "an internal error; the log has the details under the request id " + requestId);
  }

  /** One line, with the places that are not in the message. */
  private static String message(ServingException told) {
    StringBuilder text = new StringBuilder(String.valueOf(told.getMessage()));
    int named = 0;
    for (Violation violation : told.violations()) {
      if (named < MAX_VIOLATIONS && text.indexOf(violation.detail()) < 0) {
        text.append("; ").append(violation.pointer()).append(": ").append(violation.detail());
        named++;
      }
    }
    if (text.length() > MAX_MESSAGE) {
      text.setLength(MAX_MESSAGE);
      text.append("..");
    }
    return text.toString();
  }
}
