package io.manymodels.loading;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.FakeModel;
import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ModelLoadTest {
  private static final ModelRef REF = new ModelRef(tenant(1), new ModelVersion(1));
  private final ServingException cause = new ServingException(ErrorCode.LOAD_FAILED, "no model");

  private final FakeTicker ticker = new FakeTicker();
  private final FakeModel model = new FakeModel(REF, 4, 1);
  private final SharedModel shared =
      new SharedModel(Artifacts.describe(REF, new byte[0]), model, 0);
  private final ModelLoad load = new ModelLoad();

  private SharedModel await() {
    return load.await(ticker.in(Duration.ofSeconds(5)));
  }

  @Test
  void onlyTheFirstStartsIt() {
    assertThat(load.start()).isTrue();
    assertThat(load.start()).isFalse();
  }

  @Test
  void eachWaiterReleasesAReferenceOfItsOwn() {
    assertThat(load.join()).isTrue();
    assertThat(load.join()).isTrue();
    load.succeed(shared);
    shared.release();
    await().release();
    assertThat(model.closes()).isZero();
    await().release();
    assertThat(model.closes()).isOne();
  }

  @Test
  void nobodyJoinsALoadThatHasEnded() {
    load.fail(cause);
    assertThat(load.join()).isFalse();
  }

  @Test
  void theFailureReachesEveryWaiterAsItIs() {
    assertThat(load.join()).isTrue();
    load.fail(cause);
    load.fail(new ServingException(ErrorCode.INTERNAL, "later"));
    assertThatExceptionOfType(ServingException.class).isThrownBy(this::await).isSameAs(cause);
  }

  /** The replica shuts down while the model is being loaded. */
  @Test
  void aSuccessAfterTheEndHandsNothingOut() {
    assertThat(load.join()).isTrue();
    load.fail(cause);
    load.succeed(shared);
    assertThatExceptionOfType(ServingException.class).isThrownBy(this::await).isSameAs(cause);
    shared.release();
    assertThat(model.closes()).as("no waiter has a reference").isOne();
  }

  @Test
  void aResultThatIsThereIsGivenEvenAtTheDeadline() {
    assertThat(load.join()).isTrue();
    load.succeed(shared);
    assertThat(load.await(ticker.in(Duration.ZERO))).isSameAs(shared);
  }
}
