package io.manymodels.quota;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.manymodels.config.RequestQuota;
import io.manymodels.model.ServingException;
import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several Dispatchers and SharedMemory, with the intervals that they have in service. */
class QuotaSharesTest {
  private static final RequestQuota QUOTA = new RequestQuota(200, Double.POSITIVE_INFINITY, 1);
  private static final Duration STEP = Duration.ofMillis(1);
  private static final int WARM_UP_SECONDS = 5;
  private static final int SECONDS = 30;

  private final FakeTicker ticker = new FakeTicker();
  private final QuotaLedger ledger = new QuotaLedger(ticker);
  private final Random random = new Random(7);
  private final List<Quotas> dispatchers = new ArrayList<>();

  private void start(int count) {
    for (int i = 0; i < count; i++) {
      dispatchers.add(new Quotas(ticker));
    }
  }

  /** How many were admitted in a second on average, after the warm-up; requests come by chance. */
  private double admitted(double... perSecond) {
    int admitted = 0;
    for (int second = 0; second < WARM_UP_SECONDS + SECONDS; second++) {
      for (int step = 0; step < 1_000; step++) {
        ticker.advance(STEP);
        for (int i = 0; i < perSecond.length; i++) {
          admitted += asked(i, perSecond[i], second >= WARM_UP_SECONDS);
        }
        if (step % Quotas.INTERVAL.toMillis() == 0) {
          share(perSecond.length);
        }
      }
    }
    return (double) admitted / SECONDS;
  }

  private int asked(int dispatcher, double perSecond, boolean counts) {
    double chance = perSecond / 1_000;
    int requests = (int) chance + (random.nextDouble() < chance % 1 ? 1 : 0);
    int admitted = 0;
    for (int i = 0; i < requests; i++) {
      try {
        dispatchers.get(dispatcher).take("a", QUOTA, tenant(1), 1);
        admitted++;
      } catch (ServingException e) {
        assertThat(e.retryAfterSeconds()).isPositive();
      }
    }
    return counts ? admitted : 0;
  }

  private void share(int count) {
    for (int i = 0; i < count; i++) {
      Quotas each = dispatchers.get(i);
      each.share(ledger.report("dispatcher-" + i, each.endInterval()));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void equalTrafficSharesTheQuota(int count) {
    start(count);
    double[] rates = new double[count];
    Arrays.fill(rates, 800.0 / count);
    assertThat(admitted(rates)).isCloseTo(200, within(20.0));
  }

  @Test
  void unequalTrafficSharesTheQuotaByDemand() {
    start(3);
    assertThat(admitted(700, 90, 10)).isCloseTo(200, within(20.0));
  }

  @Test
  void aDispatcherWithoutTrafficTakesNearlyNothingFromTheOthers() {
    start(4);
    assertThat(admitted(900, 0, 0, 0)).isCloseTo(200, within(20.0));
  }

  @Test
  void nobodyIsRefusedForLongWhoAsksForLessThanTheQuota() {
    start(3);
    double asked = 120 + 30 + 10;
    assertThat(admitted(120, 30, 10)).isCloseTo(asked, within(asked * 0.1));
  }

  @Test
  void theSharesFollowWhenTheTrafficMoves() {
    start(2);
    assertThat(admitted(800, 0)).isCloseTo(200, within(20.0));
    assertThat(admitted(0, 800)).isCloseTo(200, within(20.0));
    assertThat(admitted(300, 500)).isCloseTo(200, within(20.0));
  }

  @Test
  void aDispatcherThatIsGoneIsForgotten() {
    start(2);
    var unused = admitted(400, 400);
    // Only the first one reports from now on.
    assertThat(admitted(800)).isCloseTo(200, within(20.0));
    assertThat(ledger.report("dispatcher-0", List.of()).dispatchers()).isEqualTo(1);
  }

  @Test
  void theLedgerAddsUpAndForgetsWhatIsReportedNoMore() {
    RequestRates rates = new RequestRates("caller 'a'", 10, 100);
    assertThat(ledger.report("x", List.of(rates)).totals()).containsExactly(rates);
    assertThat(ledger.report("y", List.of(rates)).totals())
        .containsExactly(new RequestRates("caller 'a'", 20, 200));
    assertThat(ledger.report("x", List.of())).isEqualTo(new AllRates(2, List.of()));
    assertThat(ledger.report("y", List.of(rates)).totals()).containsExactly(rates);
  }
}
