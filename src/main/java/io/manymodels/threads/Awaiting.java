package io.manymodels.threads;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Deadline;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Waits for futures, and says by {@link ServingException} why there is no result. Stateless. */
public final class Awaiting {
  private Awaiting() {}

  /**
   * Waits for the result.
   *
   * @param late what the caller is told when the deadline passes first
   * @throws ServingException what the future failed with; {@code DEADLINE_EXCEEDED}; {@code
   *     NO_REPLICA} when the future was cancelled or this thread interrupted, which it stays;
   *     {@code INTERNAL} when the future failed with anything else, which is the cause
   */
  public static <T> T result(Future<T> future, Deadline deadline, String late) {
    try {
      return future.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new ServingException(ErrorCode.DEADLINE_EXCEEDED, late);
    } catch (ExecutionException e) {
      throw asServingException(e);
    } catch (CancellationException e) {
      throw shuttingDown(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw shuttingDown(e);
    }
  }

  /**
   * Waits for the result however long it takes, and runs {@code meanwhile} at every interval, and
   * once at the end.
   *
   * @throws ServingException {@code NO_REPLICA} when this thread is interrupted, which it stays, or
   *     the future was cancelled
   * @throws RuntimeException what the future failed with, if unchecked; an {@link Error} likewise
   */
  public static <T> T result(Future<T> future, Duration interval, Runnable meanwhile) {
    while (true) {
      try {
        T result = future.get(interval.toNanos(), TimeUnit.NANOSECONDS);
        meanwhile.run();
        return result;
      } catch (TimeoutException notYet) {
        meanwhile.run();
      } catch (ExecutionException e) {
        throw unchecked(e);
      } catch (CancellationException e) {
        throw shuttingDown(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw shuttingDown(e);
      }
    }
  }

  private static ServingException asServingException(ExecutionException e) {
    return e.getCause() instanceof ServingException known
        ? known
        : new ServingException(ErrorCode.INTERNAL, "failed unexpectedly", e);
  }

  /** The failure of a task, to be thrown as it is; an {@link Error} is thrown here. */
  public static RuntimeException unchecked(ExecutionException e) {
    @Nullable Throwable cause = e.getCause();
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException known ? known : new IllegalStateException(cause);
  }

  private static ServingException shuttingDown(Exception e) {
    return new ServingException(ErrorCode.NO_REPLICA, "the process is shutting down", e);
  }
}
