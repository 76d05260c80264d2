package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP answer on its way to a connection or to the proxy's middleware, which add X-Request-Id.
 * Nobody writes to the body's bytes any more.
 *
 * @param headers beside Content-Type, Content-Length and Date; names in lower case
 * @param stream what is sent in place of the body where a connection can go on; null for most
 */
@SuppressWarnings("ArrayRecordComponent")
public record HttpResponse(
    int status,
    String contentType,
    Map<String, String> headers,
    byte[] body,
    @Nullable LiveStream stream) {
  private static final String BYTES = "application/octet-stream";
  private static final String CACHE_CONTROL = "cache-control";
  private static final String NO_TRANSFORM = "no-transform";

  public HttpResponse {
    headers = Map.copyOf(headers);
  }

  /** An answer that is whole. */
  public HttpResponse(int status, String contentType, Map<String, String> headers, byte[] body) {
    this(status, contentType, headers, body, null);
  }

  /** An answer of text. */
  public HttpResponse(int status, String contentType, Map<String, String> headers, String body) {
    this(status, contentType, headers, body.getBytes(UTF_8));
  }

  /** 200 with a JSON document. */
  public static HttpResponse json(String body) {
    return new HttpResponse(200, MediaType.JSON, Map.of(), body);
  }

  /** 200 with a JSON document in UTF-8. */
  public static HttpResponse json(byte[] body) {
    return new HttpResponse(200, MediaType.JSON, Map.of(), body);
  }

  /**
   * 200 with a JSON document in UTF-8 that nobody may compress on its way: neither this process nor
   * a proxy (RFC 9111, 5.2.2.6).
   */
  public static HttpResponse plainJson(byte[] body) {
    return new HttpResponse(200, MediaType.JSON, Map.of(CACHE_CONTROL, NO_TRANSFORM), body);
  }

  /** 200 with a body that is no text. */
  public static HttpResponse bytes(Map<String, String> headers, byte[] body) {
    return new HttpResponse(200, BYTES, headers, body);
  }

  /** The same for those who cannot be sent a stream. */
  HttpResponse orStream(LiveStream other) {
    return new HttpResponse(status, contentType, headers, body, other);
  }

  /** The same with one more header, whose name is in lower case. */
  public HttpResponse with(String name, String value) {
    Map<String, String> more = new HashMap<>(headers);
    more.put(name, value);
    return new HttpResponse(status, contentType, more, body, stream);
  }

  /** The same with another body. */
  HttpResponse withBody(byte[] other) {
    return new HttpResponse(status, contentType, headers, other, stream);
  }

  /** The same, but that of a request with another value of this header it would be another. */
  HttpResponse varyingBy(String name) {
    return with("vary", headers.containsKey("vary") ? headers.get("vary") + ", " + name : name);
  }

  /** Whether it has to arrive as it is; see {@link #plainJson}. */
  boolean isPlain() {
    return NO_TRANSFORM.equals(headers.get(CACHE_CONTROL));
  }

  /** Whether the body is UTF-8. */
  boolean isText() {
    return !contentType.equals(BYTES) && !headers.containsKey(ContentCodings.NAME);
  }

  /** The body, which is UTF-8. */
  String text() {
    return new String(body, UTF_8);
  }
}
