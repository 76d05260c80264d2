package io.manymodels.http;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Ticker;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.AsciiString;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request to the direct port while it is being received. What
 * src/main/python/manymodels/ingress.py does for requests through Ray's proxy is done here, by the
 * same rules for request ids, headers and lengths: both are tested on the cases in
 * src/test/resources/io/manymodels/http/received-requests.json. Thread-confined.
 */
final class Exchange {
  static final AsciiString REQUEST_ID = AsciiString.cached("x-request-id");

  /** The headers that doors read. */
  static final List<AsciiString> FORWARDED =
      List.of(
          HttpHeaderNames.CONTENT_TYPE,
          HttpHeaderNames.CONTENT_ENCODING,
          HttpHeaderNames.ACCEPT,
          HttpHeaderNames.ACCEPT_ENCODING,
          HttpHeaderNames.AUTHORIZATION,
          HttpHeaderNames.ORIGIN,
          HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD,
          AsciiString.cached("x-api-key"),
          AsciiString.cached("last-event-id"),
          AsciiString.cached("x-request-timeout-ms"),
          AsciiString.cached("traceparent"),
          AsciiString.cached("tracestate"),
          AsciiString.cached("inference-header-content-length"),
          AsciiString.cached("x-ms-client-request-id"));

  private static final Pattern VALID_ID = Pattern.compile("[A-Za-z0-9._-]{1,128}");
  private static final Pattern SCHEME_AND_AUTHORITY = Pattern.compile("(?i)https?://[^/?]*");
  private static final byte[] NOTHING = {};

  private final HttpMethod method;
  private final String target;
  private final boolean http10;
  private final boolean keepAlive;
  private final String id;
  private final Map<String, String> headers;
  private final @Nullable String declaredLength;
  private final long arrivedMillis;
  private byte[] bytes = NOTHING;
  private int size;

  Exchange(HttpRequest head) {
    this.method = head.method();
    this.target = origin(head.uri());
    this.http10 = head.protocolVersion().equals(HttpVersion.HTTP_1_0);
    this.keepAlive = HttpUtil.isKeepAlive(head);
    this.declaredLength = head.headers().get(HttpHeaderNames.CONTENT_LENGTH);
    this.arrivedMillis = Ticker.SYSTEM.now().toEpochMilli();
    @Nullable String given = head.headers().get(REQUEST_ID);
    this.id = given != null && VALID_ID.matcher(given).matches() ? given : newId();
    this.headers = forwarded(head);
  }

  /** The target without scheme and host, which a client may send too (RFC 9112, 3.2.2). */
  private static String origin(String target) {
    if (target.startsWith("/")) {
      return target;
    }
    Matcher absolute = SCHEME_AND_AUTHORITY.matcher(target);
    if (!absolute.lookingAt()) {
      return target;
    }
    String rest = target.substring(absolute.end());
    return rest.startsWith("/") ? rest : "/" + rest;
  }

  private static String newId() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(random.nextLong()) + hex.toHexDigits(random.nextLong());
  }

  /** A repeated header is joined with a comma (RFC 9110, 5.3): no value is hidden. */
  private static Map<String, String> forwarded(HttpRequest head) {
    Map<String, String> forwarded = new HashMap<>();
    // By index, for this is done for each request, and iterators showed in its profile.
    for (int i = 0; i < FORWARDED.size(); i++) {
      AsciiString name = FORWARDED.get(i);
      @Nullable String value = head.headers().get(name);
      if (value != null) {
        List<String> all = head.headers().getAll(name);
        forwarded.put(name.toString(), all.size() == 1 ? value : String.join(", ", all));
      }
    }
    return forwarded;
  }

  HttpMethod method() {
    return method;
  }

  /** Path and query, as sent. */
  String target() {
    return target;
  }

  String id() {
    return id;
  }

  boolean keepAlive() {
    return keepAlive;
  }

  boolean isHttp10() {
    return http10;
  }

  int receivedBytes() {
    return size;
  }

  /** Throws {@code PAYLOAD_TOO_LARGE} when the head declares more bytes than the limit. */
  void checkLength(BodyLimit limit) {
    limit.checkDeclared(declaredLength);
  }

  /** Takes a part of the body. Throws {@code PAYLOAD_TOO_LARGE} when it becomes too long. */
  void append(ByteBuf part, BodyLimit limit) {
    int more = part.readableBytes();
    int needed = size + more;
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, capacity(needed, limit.bytes()));
    }
    part.readBytes(bytes, size, more);
    size = needed;
    limit.checkReceived(size);
  }

  /** A small body in one part fits exactly; a long one doubles what it has. */
  private int capacity(int needed, int longest) {
    return size == 0 ? needed : (int) Math.max(needed, Math.min(2L * needed, longest));
  }

  /** The target without the query, as sent. */
  String path() {
    int mark = target.indexOf('?');
    return mark < 0 ? target : target.substring(0, mark);
  }

  /** All of it. Throws {@code INVALID_INPUT} when the path is not well formed. */
  IngressRequest request() {
    int mark = target.indexOf('?');
    String path = path();
    String query = mark < 0 ? "" : target.substring(mark + 1);
    return new IngressRequest(
        method.name(), decoded(path), query, headers, id, arrivedMillis, Body.of(bytes, size));
  }

  /**
   * An encoded slash stays as it is: decoded it would part what the client has written as one, and
   * lead to paths that a gateway has not seen (RFC 3986, 2.2).
   */
  private static String decoded(String path) {
    if (path.indexOf('%') < 0) {
      return path;
    }
    String kept = path.replace("+", "%2B").replace("%2F", "%252F").replace("%2f", "%252f");
    try {
      return QueryStringDecoder.decodeComponent(kept);
    } catch (IllegalArgumentException e) {
      throw new ServingException(ErrorCode.INVALID_INPUT, "the path is not well encoded");
    }
  }
}
