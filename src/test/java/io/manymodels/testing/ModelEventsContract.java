package io.manymodels.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.registry.ModelEvents;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every {@link ModelEvents} does. Nothing was announced before a test. */
public abstract class ModelEventsContract {
  private static final Duration NO_TIME = Duration.ofMillis(1);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** The events under test, the same ones during a test. */
  protected abstract ModelEvents events();

  /** Another client of the same events, the same one during a test: another process. */
  protected abstract ModelEvents others();

  /** Nobody reaches the store any more. What was announced before is kept. */
  protected abstract void takeStoreAway();

  /** The store is back, as it was. */
  protected abstract void bringStoreBack();

  @AfterEach
  void closeEvents() {
    events().close();
    others().close();
  }

  @Test
  void whoWaitsIsTold() throws Exception {
    listen();
    CompletableFuture<Set<TenantId>> waiting = waiting(PATIENCE);
    others().announce(tenants(1, 3));
    assertThat(waiting.get(20, TimeUnit.SECONDS))
        .containsExactlyInAnyOrderElementsOf(tenants(1, 3));
  }

  @Test
  void nobodyIsToldWhenNothingIsAnnounced() throws Exception {
    assertThat(events().await(Duration.ZERO)).isEmpty();
    assertThat(events().await(Duration.ofMillis(20))).isEmpty();
    others().announce(List.of());
    assertThat(events().await(NO_TIME)).isEmpty();
  }

  @Test
  void theFirstCallListensFromNowOn() throws Exception {
    others().announce(tenants(1, 1));
    listen();
    others().announce(tenants(2, 2));
    assertThat(events().await(PATIENCE)).containsExactlyElementsOf(tenants(2, 2));
  }

  @Test
  void nothingBetweenTwoCallsIsMissed() throws Exception {
    listen();
    others().announce(tenants(1, 1));
    events().announce(tenants(2, 2));
    others().announce(tenants(2, 3));
    assertThat(awaitAll(3)).containsExactlyInAnyOrderElementsOf(tenants(1, 3));
    assertThat(events().await(NO_TIME)).isEmpty();
  }

  @Test
  void everyListenerIsToldOfEverything() throws Exception {
    listen();
    assertThat(others().await(NO_TIME)).isEmpty();
    events().announce(tenants(1, 2));
    assertThat(events().await(PATIENCE)).containsExactlyInAnyOrderElementsOf(tenants(1, 2));
    assertThat(others().await(PATIENCE)).containsExactlyInAnyOrderElementsOf(tenants(1, 2));
  }

  @Test
  void thousandsAreAnnouncedAtOnce() throws Exception {
    listen();
    others().announce(tenants(1, 5_000));
    assertThat(awaitAll(5_000)).containsExactlyInAnyOrderElementsOf(tenants(1, 5_000));
  }

  @Test
  void manyThreadsAnnounceAtOnce() throws Exception {
    listen();
    Parallel.call(
        16,
        () -> {
          others().announce(tenants(1, 20));
          return true;
        });
    assertThat(awaitAll(20)).hasSize(20);
  }

  @Test
  void closingEndsTheWait() throws Exception {
    listen();
    CompletableFuture<Set<TenantId>> waiting = waiting(Duration.ofMinutes(5));
    events().close();
    assertThat(waiting.get(5, TimeUnit.SECONDS)).isEmpty();
    assertThatCode(() -> events().close()).doesNotThrowAnyException();
  }

  @Test
  void anInterruptEndsTheWait() throws Exception {
    listen();
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    Thread waiter =
        new Thread(
            () -> {
              try {
                interrupted.complete(events().await(Duration.ofMinutes(5)) == null);
              } catch (InterruptedException e) {
                interrupted.complete(true);
              } catch (RuntimeException e) {
                interrupted.completeExceptionally(e);
              }
            });
    waiter.start();
    waiter.interrupt();
    assertThat(interrupted.get(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void anOutageIsToldAndThenOver() throws Exception {
    listen();
    others().announce(tenants(1, 1));
    takeStoreAway();
    assertUnavailable(() -> others().announce(tenants(2, 2)));
    assertUnavailable(() -> events().await(PATIENCE));
    assertUnavailable(() -> events().await(PATIENCE));
    bringStoreBack();
    Eventually.holds("announcing works again", () -> announces(tenants(3, 3)));
    assertThat(awaitAll(2)).contains(new TenantId("tenant1"), new TenantId("tenant3"));
  }

  private void listen() throws InterruptedException {
    assertThat(events().await(NO_TIME)).isEmpty();
  }

  private CompletableFuture<Set<TenantId>> waiting(Duration timeout) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return events().await(timeout);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  /** Waits until so many different tenants were announced, over outages. */
  private Set<TenantId> awaitAll(int count) {
    Set<TenantId> all = new TreeSet<>();
    Eventually.holds(
        count + " tenants are announced",
        () -> {
          try {
            all.addAll(events().await(Duration.ofMillis(100)));
          } catch (ServingException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return all.size() >= count;
        });
    return all;
  }

  private boolean announces(List<TenantId> tenants) {
    try {
      others().announce(tenants);
      return true;
    } catch (ServingException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
      return false;
    }
  }

  private interface Call {
    void run() throws Exception;
  }

  private static void assertUnavailable(Call call) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(call::run)
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
  }

  private static List<TenantId> tenants(int first, int last) {
    return IntStream.rangeClosed(first, last).mapToObj(i -> new TenantId("tenant" + i)).toList();
  }
}
