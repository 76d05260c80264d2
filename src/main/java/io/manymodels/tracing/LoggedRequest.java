package io.manymodels.tracing;

import java.util.function.Supplier;

/**
 * The request that a thread logs about: so that a line in the log has its ids, though the message
 * does not. Thread-safe.
 */
public final class LoggedRequest {
  private static final ThreadLocal<Span> HERE = ThreadLocal.withInitial(() -> Span.NONE);

  private LoggedRequest() {}

  /** Does something that may log about a request. */
  public static <T> T about(Span request, Supplier<T> doing) {
    if (request == Span.NONE) {
      return doing.get();
    }
    Span before = HERE.get();
    HERE.set(request);
    try {
      return doing.get();
    } finally {
      HERE.set(before);
    }
  }

  /** Logs something about a request. */
  public static void log(Span request, Runnable logging) {
    var unused =
        about(
            request,
            () -> {
              logging.run();
              return true;
            });
  }

  /** The request that this thread logs about now; {@link Span#NONE} when about none. */
  public static Span here() {
    return HERE.get();
  }
}
