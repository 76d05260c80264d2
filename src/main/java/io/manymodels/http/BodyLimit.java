package io.manymodels.http;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The longest body that a request may have: {@code max_body_bytes} of the Dispatcher's user_config,
 * whichever way the request came. src/main/python/manymodels/ingress.py applies the same rule, by
 * the limit that the last answer told it.
 *
 * @param bytes the limit, inclusive
 */
record BodyLimit(int bytes) {
  /** Any longer number of digits is over every limit, and may not fit into a long. */
  private static final int MAX_LENGTH_DIGITS = 18;

  private static final Pattern DIGITS = Pattern.compile("[0-9]+");

  /**
   * Checks a body before it comes.
   *
   * @param contentLength the header's value; null, and whatever is not a number, declares nothing
   * @throws ServingException {@code PAYLOAD_TOO_LARGE}
   */
  void checkDeclared(@Nullable String contentLength) {
    if (contentLength != null
        && DIGITS.matcher(contentLength).matches()
        && (contentLength.length() > MAX_LENGTH_DIGITS || Long.parseLong(contentLength) > bytes)) {
      throw exceeded();
    }
  }

  /** Throws {@code PAYLOAD_TOO_LARGE} when more bytes than the limit have come. */
  void checkReceived(long received) {
    if (received > bytes) {
      throw exceeded();
    }
  }

  /** Throws {@code PAYLOAD_TOO_LARGE} when the body is longer than the limit. */
  void check(Body body) {
    if (body.isLongerThan(bytes)) {
      throw exceeded();
    }
  }

  private ServingException exceeded() {
    return new ServingException(
        ErrorCode.PAYLOAD_TOO_LARGE, "the request body is longer than " + bytes + " bytes");
  }
}
