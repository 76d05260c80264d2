package io.manymodels.adapter.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Ends a run that takes too long, as one with an endless loop does. ONNX Runtime looks before each
 * operator, also of a loop's body, whether it is to end; it does not end a single long operator.
 */
final class TimeLimit implements AutoCloseable {
  private static final ScheduledThreadPoolExecutor WATCH = watch();

  private final RunOptions options = new RunOptions();
  private final Future<?> end;
  private boolean closed;

  private TimeLimit(Duration limit) throws OrtException {
    end = WATCH.schedule(this::terminate, limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Begins now; the run gets {@link #options}. */
  static TimeLimit of(Duration limit) throws OrtException {
    return new TimeLimit(limit);
  }

  RunOptions options() {
    return options;
  }

  private synchronized void terminate() {
    if (!closed) {
      try {
        options.setTerminate(true);
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    end.cancel(false);
    options.close();
  }

  private static ScheduledThreadPoolExecutor watch() {
    ScheduledThreadPoolExecutor watch =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "onnx-time-limit");
              thread.setDaemon(true);
              return thread;
            });
    watch.setRemoveOnCancelPolicy(true);
    return watch;
  }
}
