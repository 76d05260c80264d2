package io.manymodels.http;

import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * What a client has sent before its turn (pipelining, RFC 9112, 9.3.2), in order and bounded.
 * Thread-confined. Owns its parts until they are removed.
 */
final class RequestsAhead {
  /** As docs/data-plane.md says. */
  static final int MAX_REQUESTS = 128;

  /** Of these requests: a chunk of a body is a part, and one read may bring many small ones. */
  private static final int MAX_PARTS = 1_024;

  private final Queue<HttpObject> parts = new ArrayDeque<>(0);
  private int requests;

  /** Takes a part, or releases it and answers false when there are too many. */
  boolean offer(HttpObject part) {
    boolean head = part instanceof HttpRequest;
    if (parts.size() >= MAX_PARTS || (head && requests >= MAX_REQUESTS)) {
      ReferenceCountUtil.release(part);
      return false;
    }
    parts.add(part);
    requests += head ? 1 : 0;
    return true;
  }

  /** The oldest part, which is the caller's from now on. */
  HttpObject remove() {
    HttpObject part = parts.remove();
    requests -= part instanceof HttpRequest ? 1 : 0;
    return part;
  }

  int parts() {
    return parts.size();
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
