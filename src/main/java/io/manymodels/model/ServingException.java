package io.manymodels.model;

import java.time.Duration;
import java.util.List;

/**
 * A failure that is reported to the caller: a code, one sentence, and where it helps the places in
 * the input. The message must never contain a secret, a local path or a stack trace.
 */
public class ServingException extends RuntimeException {
  private static final Duration SOON = Duration.ofSeconds(1);

  private final ErrorCode code;
  private final transient List<Violation> violations;
  private final Duration retryAfter;

  public ServingException(ErrorCode code, String message) {
    this(code, message, List.of());
  }

  public ServingException(ErrorCode code, String message, List<Violation> violations) {
    super(message);
    this.code = code;
    this.violations = List.copyOf(violations);
    this.retryAfter = SOON;
  }

  /**
   * A refusal of what would be taken later.
   *
   * @param retryAfter the time until then
   */
  public ServingException(ErrorCode code, String message, Duration retryAfter) {
    super(message);
    this.code = code;
    this.violations = List.of();
    this.retryAfter = retryAfter;
  }

  public ServingException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.violations = List.of();
    this.retryAfter = SOON;
  }

  public ErrorCode code() {
    return code;
  }

  /** At most a few dozen; empty when the message says it all. */
  public List<Violation> violations() {
    return violations;
  }

  /**
   * Whole seconds, rounded up but for nanoseconds, 1 or more, after which a retryable request may
   * succeed.
   */
  public long retryAfterSeconds() {
    return Math.max(1, retryAfter.plusMillis(999).toSeconds());
  }
}
