package io.manymodels.http;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/** Answers that wait for a store or for another replica, off the event loop. Stateless. */
public final class Blocking {
  private Blocking() {}

  /** Throws {@code OVERLOADED} when too many wait already. */
  public static <T> CompletableFuture<T> answer(Executor blocking, Supplier<T> answer) {
    try {
      return CompletableFuture.supplyAsync(answer, blocking);
    } catch (RejectedExecutionException e) {
      throw new ServingException(ErrorCode.OVERLOADED, "too many requests wait for a store", e);
    }
  }
}
