package io.manymodels.loading;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.threads.Awaiting;
import io.manymodels.threads.Completions;
import io.manymodels.time.Deadline;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One load, and those who wait for it. Each waiter is given a reference of its own at the moment
 * the load ends, so that an eviction right after it cannot close the model under anybody's hands.
 * Thread-safe; the lock is held for a few instructions only.
 */
public final class ModelLoad {
  private static final String LATE = "the deadline passed while the model was loading";

  private final CompletableFuture<SharedModel> result = new CompletableFuture<>();
  private final AtomicBoolean started = new AtomicBoolean();
  private int waiters;
  private boolean ended;

  /**
   * Becomes a waiter, who must {@link #await} or {@link #whenEnded} once; false when the load has
   * ended already.
   */
  synchronized boolean join() {
    if (ended) {
      return false;
    }
    waiters++;
    return true;
  }

  /** True for the first caller, who has to see that the load ends. */
  boolean start() {
    return started.compareAndSet(false, true);
  }

  /**
   * Waits for the load. The caller must release the model.
   *
   * @throws ServingException what the load failed with, or {@code DEADLINE_EXCEEDED}
   */
  public SharedModel await(Deadline deadline) {
    try {
      return Awaiting.result(result, deadline, LATE);
    } catch (ServingException e) {
      leave();
      throw e;
    }
  }

  /**
   * Calls one of the two when the load has ended or the deadline has passed, on a thread that must
   * not be blocked. {@code loaded} must release the model that it is given.
   */
  public void whenEnded(
      Deadline deadline, Consumer<SharedModel> loaded, Consumer<ServingException> failed) {
    var unused =
        result
            .thenApply(model -> model)
            .orTimeout(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)
            .whenComplete(
                (model, failure) -> {
                  if (failure == null) {
                    loaded.accept(model);
                  } else if (failure instanceof TimeoutException) {
                    leave();
                    failed.accept(new ServingException(ErrorCode.DEADLINE_EXCEEDED, LATE));
                  } else {
                    failed.accept(asServingException(Completions.cause(failure)));
                  }
                });
  }

  private static ServingException asServingException(@Nullable Throwable cause) {
    return cause instanceof ServingException known
        ? known
        : new ServingException(
            ErrorCode.INTERNAL, "loading failed unexpectedly", new IllegalStateException(cause));
  }

  private void leave() {
    synchronized (this) {
      if (!ended) {
        waiters--;
        return;
      }
    }
    var unused =
        result.whenComplete(
            (model, failure) -> {
              if (model != null) {
                model.release();
              }
            });
  }

  /**
   * Ends the load; does nothing when it has ended. The caller holds a reference of its own until
   * this returns.
   */
  void succeed(SharedModel model) {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
      for (int i = 0; i < waiters; i++) {
        if (!model.acquire()) {
          throw new IllegalStateException(
              "model " + model.ref() + " closed while it was handed out");
        }
      }
    }
    result.complete(model);
  }

  /** Ends the load; does nothing when it has ended. */
  void fail(ServingException cause) {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
    }
    result.completeExceptionally(cause);
  }
}
