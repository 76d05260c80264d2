package io.manymodels.model;

import java.util.List;

/**
 * A failure that is reported to the caller: a code, one sentence, and where it helps the places in
 * the input. The message must never contain a secret, a local path or a stack trace.
 */
public final class ServingException extends RuntimeException {
  private final ErrorCode code;
  private final transient List<Violation> violations;

  public ServingException(ErrorCode code, String message) {
    this(code, message, List.of());
  }

  public ServingException(ErrorCode code, String message, List<Violation> violations) {
    super(message);
    this.code = code;
    this.violations = List.copyOf(violations);
  }

  public ServingException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.violations = List.of();
  }

  public ErrorCode code() {
    return code;
  }

  /** At most a few dozen; empty when the message says it all. */
  public List<Violation> violations() {
    return violations;
  }
}
