package io.manymodels.bench;

/**
 * A Serve callable that answers what it was asked: the body as it is, and an envelope of the
 * middleware with an envelope. It looks for nothing but the end of the head, so that what is
 * measured is the way there and back. Stateless.
 */
public final class Echo {
  private static final char MARK = '\u0001';
  private static final String ANSWER_HEAD = MARK + "{\"s\":200,\"t\":\"application/json\"}\n";

  /** Called by Serve for each request. */
  public String call(String text) {
    if (text.isEmpty() || text.charAt(0) != MARK) {
      return text;
    }
    return ANSWER_HEAD + text.substring(text.indexOf('\n') + 1);
  }

  /** Called by {@link io.manymodels.deployment.RayCalls}: the frame as it is. */
  public byte[] predict(byte[] frame) {
    return frame;
  }

  /** Called by Serve. */
  public boolean checkHealth() {
    return true;
  }
}
