package io.manymodels.http;

import io.manymodels.config.DispatcherConfig;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.observing.Observed;
import io.manymodels.observing.RequestObserver.TraceHeaders;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An HTTP request, as the proxy's middleware hands it over or as it came on a connection of our
 * own.
 *
 * @param path decoded, with the application's route prefix
 * @param query as sent, percent-encoded; empty when there is none
 * @param headers the few that matter here, names in lower case
 * @param id the request id, also in the answer's X-Request-Id
 * @param receivedMillis wall clock when it was received; 0 when unknown
 * @param observed what is noted of it
 */
public record IngressRequest(
    String method,
    String path,
    String query,
    Map<String, String> headers,
    String id,
    long receivedMillis,
    Body body,
    Observed observed) {

  /** Any longer number is over every cap, and would not fit. */
  private static final Pattern POSITIVE = Pattern.compile("0*[1-9][0-9]{0,17}");

  public IngressRequest {
    headers = Map.copyOf(headers);
  }

  /** A request of which nothing is noted. */
  public IngressRequest(
      String method,
      String path,
      String query,
      Map<String, String> headers,
      String id,
      long receivedMillis,
      Body body) {
    this(method, path, query, headers, id, receivedMillis, body, Observed.NONE);
  }

  /** The same, of which something is noted. */
  IngressRequest observedAs(Observed other) {
    return other == observed
        ? this
        : new IngressRequest(method, path, query, headers, id, receivedMillis, body, other);
  }

  /** What names the trace that the client has begun. */
  TraceHeaders traceHeaders() {
    return new TraceHeaders(headers.get("traceparent"), headers.get("tracestate"));
  }

  /** The value of a header, whose name is in lower case. */
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  /**
   * When the client stops waiting: after its own X-Request-Timeout-Ms, at most {@code
   * longestMillis}, counted from when the proxy received the request.
   *
   * @throws ServingException {@code INVALID_INPUT} when the header is not a positive whole number
   */
  public Deadline deadline(int longestMillis, Ticker ticker) {
    long waitMillis =
        header("x-request-timeout-ms")
            .map(text -> Math.min(longestMillis, timeoutMillis(text)))
            .orElse((long) longestMillis);
    long onTheWay = ticker.now().toEpochMilli() - receivedMillis;
    if (receivedMillis > 0 && onTheWay > 0) {
      waitMillis -= Math.min(onTheWay, waitMillis);
    }
    return Deadline.after(Duration.ofMillis(waitMillis), ticker);
  }

  /**
   * The body, which must be JSON that is not compressed.
   *
   * @throws ServingException {@code UNSUPPORTED_MEDIA_TYPE}, {@code PAYLOAD_TOO_LARGE}
   */
  public Body jsonBody(DispatcherConfig limits) {
    ContentHeaders.check(this);
    return limitedBody(limits);
  }

  /**
   * The body, which must be JSON and may be compressed.
   *
   * @throws ServingException as {@link #jsonBody} and {@link #limitedBody} do
   */
  public Body packedJsonBody(DispatcherConfig limits) {
    MediaType.of(this).requireJson();
    return limitedBody(limits);
  }

  /**
   * The body, whatever it is, unpacked where it is compressed by gzip or deflate.
   *
   * @throws ServingException {@code UNSUPPORTED_MEDIA_TYPE} of another compression, {@code
   *     INVALID_INPUT} when it cannot be unpacked, {@code PAYLOAD_TOO_LARGE} before or after
   */
  public Body limitedBody(DispatcherConfig limits) {
    BodyLimit limit = new BodyLimit(limits.maxBodyBytes());
    limit.check(body);
    return ContentCodings.unpacked(this, limit);
  }

  private static long timeoutMillis(String text) {
    String digits = text.strip();
    if (POSITIVE.matcher(digits).matches()) {
      return Long.parseLong(digits);
    }
    throw new ServingException(
        ErrorCode.INVALID_INPUT, "X-Request-Timeout-Ms: expected a positive whole number");
  }
}
