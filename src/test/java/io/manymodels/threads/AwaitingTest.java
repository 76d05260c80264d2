package io.manymodels.threads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AwaitingTest {
  private static final Deadline LATER = Deadline.after(Duration.ofSeconds(30), Ticker.SYSTEM);

  private final CompletableFuture<String> future = new CompletableFuture<>();

  /** So that a failing test interrupts no other. */
  @AfterEach
  void clear() {
    Thread.interrupted();
  }

  private static ServingException failure(Future<String> future, Deadline deadline) {
    return catchThrowableOfType(
        ServingException.class, () -> Awaiting.result(future, deadline, "too late"));
  }

  @Test
  void givesTheResult() {
    future.complete("done");
    assertThat(Awaiting.result(future, LATER, "too late")).isEqualTo("done");
  }

  @Test
  void throwsWhatTheFutureFailedWith() {
    ServingException cause = new ServingException(ErrorCode.LOAD_FAILED, "broken");
    future.completeExceptionally(cause);
    assertThat(failure(future, LATER)).isSameAs(cause);
  }

  @Test
  void aFailureOfAnotherKindIsInternalAndKeepsItsCause() {
    future.completeExceptionally(new IllegalStateException("a defect"));
    ServingException failure = failure(future, LATER);
    assertThat(failure.code()).isEqualTo(ErrorCode.INTERNAL);
    assertThat(failure).hasRootCauseMessage("a defect");
    assertThat(failure.getMessage()).doesNotContain("a defect");
  }

  @Test
  void saysWhatIsLateAtTheDeadline() {
    ServingException failure = failure(future, Deadline.after(Duration.ofMillis(1), Ticker.SYSTEM));
    assertThat(failure.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    assertThat(failure).hasMessage("too late");
  }

  @Test
  void aCancelledFutureWillNotBeAnswered() {
    future.cancel(false);
    assertThat(failure(future, LATER).code()).isEqualTo(ErrorCode.NO_REPLICA);
  }

  @Test
  void anInterruptedThreadStaysInterrupted() {
    Thread.currentThread().interrupt();
    assertThat(failure(future, LATER).code()).isEqualTo(ErrorCode.NO_REPLICA);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void doesSomethingMeanwhileAndAtTheEnd() {
    AtomicInteger glances = new AtomicInteger();
    String result =
        Awaiting.result(
            future,
            Duration.ofMillis(1),
            () -> {
              if (glances.incrementAndGet() == 3) {
                future.complete("done");
              }
            });
    assertThat(result).isEqualTo("done");
    assertThat(glances).hasValue(4);
  }

  @Test
  void meanwhileThrowsTheCauseItself() {
    future.completeExceptionally(new OutOfMemoryError("for a test"));
    assertThatThrownBy(() -> Awaiting.result(future, Duration.ofSeconds(30), () -> {}))
        .isInstanceOf(OutOfMemoryError.class);
    Thread.currentThread().interrupt();
    assertThatThrownBy(
            () -> Awaiting.result(new CompletableFuture<>(), Duration.ofSeconds(30), () -> {}))
        .isInstanceOf(ServingException.class);
    assertThat(Thread.interrupted()).isTrue();
  }
}
