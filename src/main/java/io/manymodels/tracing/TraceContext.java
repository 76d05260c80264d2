package io.manymodels.tracing;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The trace and the span that something belongs to, as {@code traceparent} and {@code tracestate}
 * name them (W3C Trace Context, level 1). Immutable.
 *
 * @param traceId 32 hexadecimal digits in lower case, not all 0
 * @param spanId 16 of them, likewise
 * @param flags 0 to 255; of the bits only that for "sampled" is known
 * @param state what other vendors have added, as sent; empty when there is nothing
 */
public record TraceContext(String traceId, String spanId, int flags, String state) {
  /** Longer states are dropped whole, as the recommendation allows (3.3.1.5). */
  private static final int MAX_STATE = 512;

  private static final int SAMPLED = 1;
  private static final int HEX = 16;
  private static final int LENGTH = 55;
  private static final int TRACE = 3;
  private static final int SPAN = 36;
  private static final int FLAGS = 53;
  private static final Pattern FORM =
      Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");
  private static final Pattern STATE = Pattern.compile("[\\t -~]{1," + MAX_STATE + "}");

  /**
   * Reads the two headers.
   *
   * @return null when there is no {@code traceparent}, or none that is well formed: then there is
   *     no state either
   */
  public static @Nullable TraceContext parse(@Nullable String parent, @Nullable String state) {
    if (parent == null || parent.length() < LENGTH) {
      return null;
    }
    // Of a later version, more may follow; of this one nothing.
    boolean ends =
        parent.length() == LENGTH || (parent.charAt(LENGTH) == '-' && !parent.startsWith("00"));
    String known = parent.substring(0, LENGTH);
    if (!ends || !FORM.matcher(known).matches()) {
      return null;
    }
    return new TraceContext(
        known.substring(TRACE, SPAN - 1),
        known.substring(SPAN, FLAGS - 1),
        Integer.parseInt(known.substring(FLAGS), HEX),
        state != null && STATE.matcher(state).matches() ? state : "");
  }

  /** Whether those who asked record this trace. */
  public boolean isSampled() {
    return (flags & SAMPLED) != 0;
  }

  /** The header {@code traceparent}. */
  public String traceparent() {
    return "00-" + traceId + "-" + spanId + (isSampled() ? "-01" : "-00");
  }
}
