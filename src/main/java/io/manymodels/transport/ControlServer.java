package io.manymodels.transport;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.threads.BoundedPool;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Answers the control calls of a replica, side by side on threads of its own, because the methods
 * may block. Thread-safe.
 */
final class ControlServer implements AutoCloseable {
  /** Told how a call ended; on any thread, once. */
  interface Outcome {
    void answered(byte[] answer);

    void failed(ServingException why);
  }

  private static final System.Logger LOG = System.getLogger(ControlServer.class.getName());

  /** Each Dispatcher occupies one in SharedMemory, by its long poll for the table. */
  private static final int THREADS = 64;

  private static final int WAITING = 1_024;

  private final ControlMethods methods;
  private final BoundedPool threads = BoundedPool.of("control-call", THREADS, WAITING);

  ControlServer(ControlMethods methods) {
    this.methods = methods;
  }

  long digest() {
    return methods.digest().getAsLong();
  }

  /** Has the call answered; what nobody waits for any more when its turn comes is not run. */
  void call(ControlCall call, Outcome outcome) {
    @Nullable UnaryOperator<byte[]> method = methods.byName().get(call.method());
    if (method == null) {
      outcome.failed(
          new ServingException(
              ErrorCode.INTERNAL, "a replica has no method '" + call.method() + "'"));
      return;
    }
    Deadline deadline = Deadline.after(Duration.ofMillis(call.timeoutMillis()), Ticker.SYSTEM);
    try {
      threads.execute(() -> run(call, method, deadline, outcome));
    } catch (RejectedExecutionException e) {
      outcome.failed(
          new ServingException(
              ErrorCode.OVERLOADED, "a replica has too many control calls under way", e));
    }
  }

  private static void run(
      ControlCall call, UnaryOperator<byte[]> method, Deadline deadline, Outcome outcome) {
    if (deadline.passed()) {
      outcome.failed(
          new ServingException(
              ErrorCode.DEADLINE_EXCEEDED, "the deadline passed before the replica began"));
      return;
    }
    byte[] answer;
    try {
      answer = method.apply(call.argument());
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "answering '" + call.method() + "'", e);
      outcome.failed(new ServingException(ErrorCode.INTERNAL, "a replica failed", e));
      return;
    }
    outcome.answered(answer);
  }

  @Override
  public void close() {
    threads.close();
  }
}
