package io.manymodels.http;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.util.List;

/** A path does not take this method. */
public final class MethodNotAllowedException extends ServingException {
  /** What calls that only read take. */
  public static final List<String> GET = List.of("GET", "HEAD");

  /** What calls with a body take. */
  public static final List<String> POST = List.of("POST");

  private static final long serialVersionUID = 1L;

  private final List<String> allowed;

  /** A path takes these, told to the client in this order. */
  MethodNotAllowedException(List<String> allowed) {
    super(ErrorCode.METHOD_NOT_ALLOWED, "this path takes " + String.join(", ", allowed));
    this.allowed = allowed;
  }

  /** Throws unless the request has one of these methods, which a client is told in this order. */
  public static void check(IngressRequest request, List<String> allowed) {
    if (!allowed.contains(request.method())) {
      throw new MethodNotAllowedException(allowed);
    }
  }

  /** The value of the header Allow. */
  String allow() {
    return String.join(", ", allowed);
  }
}
