package io.manymodels.placing;

import static io.manymodels.testing.Tenants.mapping;
import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.placing.PlacementInbox.Batch;
import io.manymodels.placing.PlacementInbox.Change;
import io.manymodels.testing.FakeTicker;
import io.manymodels.testing.Requests;
import io.manymodels.time.Deadline;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PlacementInboxTest {
  private final FakeTicker ticker = new FakeTicker();
  private final PlacementInbox inbox = new PlacementInbox();
  private final Deadline later = ticker.in(Duration.ofHours(1));
  private final Deadline now = ticker.in(Duration.ZERO);

  private Batch take() throws InterruptedException {
    return inbox.take(later, false).orElseThrow();
  }

  @Test
  void givesWhatWaitsInTheOrderInWhichItCame() throws InterruptedException {
    inbox.report(Requests.tenForEach(tenants(1)), 100);
    inbox.report(Requests.tenForEach(tenants(2)), 100);
    CompletableFuture<String> answer = inbox.ask(owner -> "asked");
    assertThat(answer.isDone()).isFalse();
    inbox.replicasChanged();
    Batch batch = take();
    assertThat(batch.reports())
        .containsExactly(Requests.tenForEach(tenants(1)), Requests.tenForEach(tenants(2)));
    assertThat(batch.questions()).hasSize(1);
    assertThat(batch.replicasChanged()).isTrue();
    Batch next = inbox.take(now, false).orElseThrow();
    assertThat(next.reports()).isEmpty();
    assertThat(next.questions()).isEmpty();
    assertThat(next.replicasChanged()).isFalse();
  }

  @Test
  void doesNotWaitWhenItIsToldNotTo() throws InterruptedException {
    assertThat(inbox.take(later, true)).isPresent();
    assertThat(inbox.take(now, false)).isPresent();
  }

  @Test
  void dropsTheEldestReportsWhenTheyNameTooManyTenantsButNotTheLast() throws InterruptedException {
    inbox.report(Requests.tenForEach(tenants(1, 2)), 3);
    inbox.report(Requests.tenForEach(tenants(3)), 3);
    inbox.report(Requests.tenForEach(tenants(4)), 3);
    assertThat(take().reports())
        .containsExactly(Requests.tenForEach(tenants(3)), Requests.tenForEach(tenants(4)));
    inbox.report(Requests.tenForEach(tenants(1, 2, 3, 4)), 3);
    assertThat(take().reports()).hasSize(1);
  }

  @Test
  void changesAreTakenOneByOneAndOneThatFailedComesFirstAgain() {
    assertThat(inbox.change(mapping(1, "Deployment1"), later).isDone()).isFalse();
    assertThat(inbox.change(mapping(2, "Deployment1"), later).isDone()).isFalse();
    Change first = inbox.nextChange().orElseThrow();
    assertThat(first.mapping()).isEqualTo(mapping(1, "Deployment1"));
    inbox.tryAgain(first);
    assertThat(inbox.nextChange()).contains(first);
    assertThat(inbox.nextChange().orElseThrow().mapping()).isEqualTo(mapping(2, "Deployment1"));
    assertThat(inbox.nextChange()).isEqualTo(Optional.empty());
  }

  @Test
  void refusesWhatIsTooMany() {
    for (int i = 0; i < 100; i++) {
      assertThat(inbox.change(mapping(), later).isDone()).isFalse();
      assertThat(inbox.ask(owner -> 1).isDone()).isFalse();
    }
    assertThat(code(() -> inbox.change(mapping(), later))).isEqualTo(ErrorCode.OVERLOADED);
    assertThat(code(() -> inbox.ask(owner -> 1))).isEqualTo(ErrorCode.OVERLOADED);
  }

  @Test
  void closedItFailsWhatWaitsAndTakesNothingMore() throws InterruptedException {
    CompletableFuture<?> change = inbox.change(mapping(), later);
    CompletableFuture<?> question = inbox.ask(owner -> 1);
    inbox.close();
    assertThat(inbox.take(later, false)).isEmpty();
    inbox.failWaiting();
    assertThat(change).isCompletedExceptionally();
    assertThat(question).isCompletedExceptionally();
    assertThat(code(() -> inbox.change(mapping(), later))).isEqualTo(ErrorCode.NO_REPLICA);
    assertThat(code(() -> inbox.ask(owner -> 1))).isEqualTo(ErrorCode.NO_REPLICA);
  }

  private static ErrorCode code(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    return catchThrowableOfType(ServingException.class, call).code();
  }
}
