package io.manymodels.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.manymodels.access.Caller;
import io.manymodels.observing.Observed;
import io.manymodels.observing.RequestObserver;
import io.manymodels.observing.RequestObserver.TraceHeaders;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a call before its message comes. Immutable.
 *
 * @param headers what the client sent
 * @param caller who calls
 * @param deadline of the client; null when there is none
 * @param observer notes what comes and how it is answered
 * @param observed what is noted of a request of this call
 */
record CallHead(
    Metadata headers,
    Caller caller,
    io.grpc.@Nullable Deadline deadline,
    RequestObserver observer,
    Observed observed) {
  private static final String PROTOCOL = "grpc";
  static final Metadata.Key<String> REQUEST_ID = key("x-request-id");
  private static final Metadata.Key<String> TRACE_PARENT = key("traceparent");
  private static final Metadata.Key<String> TRACE_STATE = key("tracestate");
  private static final Metadata.Key<String> AUTHORIZATION = key("authorization");
  private static final Metadata.Key<String> API_KEY = key("x-api-key");
  private static final Pattern VALID_ID = Pattern.compile("[A-Za-z0-9._-]{1,128}");

  private static final Context.Key<CallHead> HERE = Context.key("call-head");

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  /** The head of the call in whose context this runs. */
  static CallHead here() {
    return HERE.get();
  }

  /** The context of a call, with its head. */
  Context in(Context context) {
    return context.withValue(HERE, this);
  }

  /** The head of one request of this call, which is observed from now on. */
  CallHead begin(MethodDescriptor<?, ?> method) {
    if (observer == RequestObserver.NONE) {
      return this;
    }
    Observed begun =
        observer.begin(
            PROTOCOL,
            String.valueOf(method.getBareMethodName()),
            String.valueOf(method.getServiceName()),
            id(headers),
            new TraceHeaders(headers.get(TRACE_PARENT), headers.get(TRACE_STATE)),
            0);
    return new CallHead(headers, caller, deadline, observer, begun);
  }

  /**
   * The request id: that under which it is observed, or the client's own if it sent a sane one,
   * else a new one at each call.
   */
  String id() {
    return observed.id().isEmpty() ? id(headers) : observed.id();
  }

  /** The same of these headers. */
  static String id(Metadata headers) {
    @Nullable String given = headers.get(REQUEST_ID);
    return given != null && VALID_ID.matcher(given).matches()
        ? given
        : UUID.randomUUID().toString();
  }

  static Optional<String> authorization(Metadata headers) {
    return Optional.ofNullable(headers.get(AUTHORIZATION));
  }

  static Optional<String> apiKey(Metadata headers) {
    return Optional.ofNullable(headers.get(API_KEY));
  }

  /** When the client stops waiting, {@code longestMillis} from now at most. */
  io.manymodels.time.Deadline deadline(int longestMillis) {
    long millis =
        deadline == null
            ? longestMillis
            : Math.min(longestMillis, deadline.timeRemaining(TimeUnit.MILLISECONDS));
    return io.manymodels.time.Deadline.after(Duration.ofMillis(Math.max(0, millis)), Ticker.SYSTEM);
  }
}
