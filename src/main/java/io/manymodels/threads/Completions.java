package io.manymodels.threads;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Futures that hang on futures, without wrapping what failed. Stateless. */
public final class Completions {
  private Completions() {}

  /** The step after a future has ended. It must complete {@code result}, now or later. */
  public interface Step<T, R> {
    void run(@Nullable T value, @Nullable Throwable failure, CompletableFuture<R> result);
  }

  /** A future that ends as {@code step} says, or with what it throws. */
  public static <T, R> CompletableFuture<R> after(CompletableFuture<T> first, Step<T, R> step) {
    CompletableFuture<R> result = new CompletableFuture<>();
    whenEnded(
        first,
        (value, failure) -> {
          try {
            step.run(value, failure, result);
          } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  /** Ends {@code result} as {@code source} ends. */
  public static <T> void pass(CompletableFuture<T> source, CompletableFuture<T> result) {
    whenEnded(
        source,
        (value, failure) -> {
          if (failure == null && value != null) {
            result.complete(value);
          } else {
            result.completeExceptionally(
                failure == null ? new IllegalStateException("nothing") : failure);
          }
        });
  }

  private interface Ending<T> {
    void run(@Nullable T value, @Nullable Throwable failure);
  }

  private static <T> void whenEnded(CompletableFuture<T> future, Ending<T> action) {
    var unused =
        future.whenComplete(
            (value, failure) -> action.run(value, failure == null ? null : cause(failure)));
  }

  /** The failure itself: a future that hangs on another wraps it. */
  public static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? cause(failure.getCause())
        : failure;
  }
}
