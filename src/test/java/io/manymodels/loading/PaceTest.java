package io.manymodels.loading;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.tensor.Rows;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final Rows FEW = Rows.matrix(1, 4, new double[4]);
  private static final Rows MANY = Rows.matrix(1_000, 4, new double[4_000]);
  private static final long QUICK = Duration.ofNanos(10_000).toNanos();

  private final Pace pace = new Pace();

  @Test
  void nobodyIsQuickBeforeItWasMeasured() {
    assertThat(pace.quick(FEW)).isFalse();
    pace.took(MANY, QUICK);
    assertThat(pace.quick(FEW)).isFalse();
    pace.took(FEW, QUICK);
    assertThat(pace.quick(FEW)).isTrue();
    assertThat(pace.quick(MANY)).isFalse();
  }

  @Test
  void aSlowCallHasToBeMadeUpFor() {
    pace.took(FEW, QUICK);
    pace.took(FEW, Duration.ofSeconds(30).toNanos());
    int calls = 0;
    while (!pace.quick(FEW)) {
      pace.took(FEW, QUICK);
      calls++;
    }
    assertThat(calls).isBetween(40, 80);
  }

  @Test
  void aCallThatWaitedForAProcessorChangesNothingButThreeInARowDo() {
    pace.took(FEW, QUICK);
    pace.took(FEW, Duration.ofMillis(10).toNanos());
    assertThat(pace.quick(FEW)).isTrue();
    pace.took(FEW, Duration.ofMillis(10).toNanos());
    pace.took(FEW, Duration.ofMillis(10).toNanos());
    assertThat(pace.quick(FEW)).isFalse();
  }

  @Test
  void aModelWhoseFirstPredictionWasSlowIsQuickSoon() {
    pace.took(FEW, Duration.ofMillis(30).toNanos());
    assertThat(pace.quick(FEW)).isFalse();
    for (int i = 0; i < 3; i++) {
      pace.took(FEW, QUICK);
    }
    assertThat(pace.quick(FEW)).isTrue();
  }

  @Test
  void aQuickModelStaysQuickWhereEverySecondCallWaitsForAProcessor() {
    for (int i = 0; i < 1_000; i++) {
      pace.took(FEW, QUICK);
      assertThat(pace.quick(FEW)).isTrue();
      pace.took(FEW, Duration.ofMillis(10).toNanos());
      assertThat(pace.quick(FEW)).isTrue();
    }
  }

  @Test
  void onlyWhatComputesLongIsHeavy() {
    assertThat(pace.heavy()).isFalse();
    pace.took(FEW, Duration.ofSeconds(30).toNanos());
    assertThat(pace.heavy()).isFalse();
    pace.computed(Duration.ofMillis(20).toNanos());
    assertThat(pace.heavy()).isTrue();
    for (int i = 0; i < 20; i++) {
      pace.computed(QUICK);
    }
    assertThat(pace.heavy()).isFalse();
  }

  @Test
  void aSlowModelIsNeverQuick() {
    for (int i = 0; i < 1_000; i++) {
      pace.took(FEW, Duration.ofMillis(1).toNanos());
    }
    assertThat(pace.quick(FEW)).isFalse();
  }
}
