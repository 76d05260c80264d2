package io.manymodels.loading;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.testing.Artifacts;
import io.manymodels.testing.FakeModel;
import io.manymodels.testing.Tenants;
import io.manymodels.testing.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SharedModelTest {
  private static final ModelRef REF = new ModelRef(tenant(1), new ModelVersion(3));

  private final FakeModel model = new FakeModel(REF, 4, 123);
  private final SharedModel shared =
      new SharedModel(Artifacts.describe(REF, new byte[0]), model, 0);

  @Test
  void knowsItsModel() {
    assertThat(shared.ref()).isEqualTo(REF);
    assertThat(shared.weightBytes()).isEqualTo(123);
    assertThat(shared.model()).isSameAs(model);
  }

  @Test
  void theLastReferenceCloses() {
    assertThat(shared.acquire()).isTrue();
    shared.release();
    assertThat(model.closes()).isZero();
    shared.release();
    assertThat(model.closes()).isOne();
  }

  @Test
  void aClosedModelIsNotAcquired() {
    shared.release();
    assertThat(shared.acquire()).isFalse();
    assertThat(shared.acquire()).isFalse();
    assertThat(model.closes()).isOne();
  }

  @Test
  void oneReleaseTooManyIsADefectThatClosesNothing() {
    shared.release();
    assertThatIllegalStateException()
        .isThrownBy(shared::release)
        .withMessageContaining("tenant01/3");
    assertThat(shared.acquire()).isFalse();
    assertThat(model.closes()).isOne();
  }

  /**
   * Threads acquire, predict and release while the owner lets go. Acceptable: each acquire takes
   * the model open, or is refused. Forbidden: a prediction with a closed model, a second close, a
   * model that stays open.
   */
  @Test
  void concurrentUseClosesExactlyOnceAndNeverUnderAPrediction() throws Exception {
    int users = 3;
    int rounds = 3_000;
    List<FakeModel> models = new ArrayList<>();
    List<SharedModel> shares = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      FakeModel fresh = new FakeModel(REF, 4, 1);
      models.add(fresh);
      shares.add(new SharedModel(Artifacts.describe(REF, new byte[0]), fresh, 0));
    }
    CyclicBarrier together = new CyclicBarrier(users + 1);
    ExecutorService threads = Executors.newFixedThreadPool(users + 1);
    try {
      List<Future<Integer>> ends = new ArrayList<>();
      for (int user = 0; user < users; user++) {
        ends.add(
            threads.submit(
                () -> {
                  together.await();
                  return shares.stream().mapToInt(SharedModelTest::use).sum();
                }));
      }
      ends.add(
          threads.submit(
              () -> {
                together.await();
                shares.forEach(SharedModel::release);
                return 0;
              }));
      for (Future<Integer> end : ends) {
        assertThat(end.get(30, TimeUnit.SECONDS)).isBetween(0, rounds * 2);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(models).allMatch(m -> m.closes() == 1, "closed once");
    assertThat(models).flatMap(FakeModel::misuses).isEmpty();
  }

  private static int use(SharedModel shared) {
    int predicted = 0;
    for (int i = 0; i < 2; i++) {
      if (shared.acquire()) {
        try {
          predicted += Values.of(shared.model().predict(Tenants.request(tenant(1)).rows())).size();
        } finally {
          shared.release();
        }
      }
    }
    return predicted;
  }
}
