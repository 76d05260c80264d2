package io.manymodels.http;

import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The requests that a client has sent before their turn (pipelining, RFC 9112, 9.3.2), in order and
 * bounded. Thread-confined. Owns its parts until they are removed.
 */
final class RequestsAhead {
  /** As docs/data-plane.md says. */
  static final int MAX_REQUESTS = 128;

  static final String TOO_MANY = "more than " + MAX_REQUESTS + " requests were sent ahead";

  /** The input that may still come from the client. */
  private enum Input {
    /** Requests. */
    OPEN,
    /** Nothing: it has shut down its side. What came is answered. */
    ENDED,
    /** It sent too much. What came before is answered, what follows is dropped. */
    DROPPED
  }

  /** Of these requests: a chunk of a body is a part, and one read may bring many small ones. */
  private static final int MAX_PARTS = 1_024;

  private static final int MANY_PARTS = 64;
  private static final int MANY_BYTES = 64 << 10;

  private final Queue<HttpObject> parts = new ArrayDeque<>(0);
  private Input input = Input.OPEN;
  private int requests;
  private long bytes;

  /** Takes a part. False when there are too many: the part is released, and so is what follows. */
  boolean offer(HttpObject part) {
    boolean head = part instanceof HttpRequest;
    if (parts.size() >= MAX_PARTS || (head && requests >= MAX_REQUESTS)) {
      ReferenceCountUtil.release(part);
      input = Input.DROPPED;
      return false;
    }
    parts.add(part);
    requests += head ? 1 : 0;
    bytes += bytesOf(part);
    return true;
  }

  /** The oldest part, which is the caller's from now on. */
  HttpObject remove() {
    HttpObject part = parts.remove();
    requests -= part instanceof HttpRequest ? 1 : 0;
    bytes -= bytesOf(part);
    return part;
  }

  private static int bytesOf(HttpObject part) {
    return part instanceof HttpContent content ? content.content().readableBytes() : 0;
  }

  /** No more can come. */
  void end() {
    input = Input.ENDED;
  }

  /** Whether more is taken. */
  boolean isOpen() {
    return input == Input.OPEN;
  }

  /** Whether the client may still be sending what is dropped. */
  boolean isDropping() {
    return input == Input.DROPPED;
  }

  /** Whether nothing is left, and nothing is taken any more. */
  boolean isOver() {
    return input != Input.OPEN && parts.isEmpty();
  }

  /** Whether so much waits that no more should be read now. */
  boolean isMuch() {
    return parts.size() >= MANY_PARTS || bytes >= MANY_BYTES;
  }

  boolean isEmpty() {
    return parts.isEmpty();
  }

  /** Releases all parts. */
  void clear() {
    while (!parts.isEmpty()) {
      ReferenceCountUtil.release(remove());
    }
  }
}
