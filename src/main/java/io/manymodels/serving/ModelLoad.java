package io.manymodels.serving;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Deadline;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One load, and those who wait for it. Each waiter is given a reference of its own at the moment
 * the load ends, so that an eviction right after it cannot close the model under anybody's hands.
 * Thread-safe; the lock is held for a few instructions only.
 */
final class ModelLoad {
  private final CompletableFuture<SharedModel> result = new CompletableFuture<>();
  private final AtomicBoolean started = new AtomicBoolean();
  private int waiters;
  private boolean ended;

  /** Becomes a waiter, who must {@link #await} once; false when the load has ended already. */
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
  SharedModel await(Deadline deadline) {
    try {
      return result.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      leave();
      throw new ServingException(
          ErrorCode.DEADLINE_EXCEEDED, "the deadline passed while the model was loading", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ServingException known
          ? known
          : new ServingException(ErrorCode.INTERNAL, "loading failed unexpectedly", e);
    } catch (InterruptedException e) {
      leave();
      Thread.currentThread().interrupt();
      throw new ServingException(ErrorCode.NO_REPLICA, "the replica is shutting down", e);
    }
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
