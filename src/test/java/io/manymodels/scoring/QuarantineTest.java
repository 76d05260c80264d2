package io.manymodels.scoring;

import static io.manymodels.testing.Artifacts.ref;
import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.model.ModelVersion;
import io.manymodels.routing.RunningPrediction;
import io.manymodels.scoring.Quarantine.Quarantined;
import io.manymodels.tensor.Rows;
import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class QuarantineTest {
  private final FakeTicker ticker = new FakeTicker();
  private final Quarantine quarantine = new Quarantine(ticker);

  private static Rows row(double value) {
    return Rows.matrix(1, 1, new double[] {value});
  }

  private static RunningPrediction crash(int tenant, int version, double value) {
    return new RunningPrediction(ref(tenant(tenant).value(), version), row(value).fingerprint());
  }

  @Test
  void theSameRequestIsRefusedAndNoOther() {
    assertThat(quarantine.add(crash(1, 5, 1.5))).isTrue();
    assertThat(quarantine.add(crash(1, 5, 1.5))).as("again").isFalse();

    assertThat(quarantine.refusing(tenant(1), row(1.5))).contains(new ModelVersion(5));
    assertThat(quarantine.refusing(tenant(1), row(1.6))).isEmpty();
    assertThat(quarantine.refusing(tenant(2), row(1.5))).isEmpty();
    assertThat(quarantine.now())
        .containsExactly(new Quarantined(ref(tenant(1).value(), 5), 1, Quarantine.PERIOD));
  }

  @Test
  void aVersionThatThreeRequestsCrashedIsRefusedWhateverIsAsked() {
    quarantine.add(crash(1, 5, 1));
    quarantine.add(crash(1, 5, 2));
    assertThat(quarantine.refusing(tenant(1), row(9))).isEmpty();
    quarantine.add(crash(1, 5, 3));
    assertThat(quarantine.refusing(tenant(1), row(9))).contains(new ModelVersion(5));
    assertThat(quarantine.add(crash(1, 5, 4))).isFalse();
  }

  @Test
  void anotherVersionBeginsAnew() {
    quarantine.add(crash(1, 5, 1));
    quarantine.add(crash(1, 5, 2));
    quarantine.add(crash(1, 6, 3));
    assertThat(quarantine.refusing(tenant(1), row(3))).contains(new ModelVersion(6));
    assertThat(quarantine.refusing(tenant(1), row(1))).isEmpty();
  }

  @Test
  void itEnds() {
    quarantine.add(crash(1, 5, 1));
    ticker.advance(Quarantine.PERIOD.minus(Duration.ofSeconds(1)));
    assertThat(quarantine.refusing(tenant(1), row(1))).isPresent();
    ticker.advance(Duration.ofSeconds(1));
    assertThat(quarantine.now()).isEmpty();
    assertThat(quarantine.refusing(tenant(1), row(1))).isEmpty();
    assertThat(quarantine.add(crash(1, 5, 1))).isTrue();
  }

  @Test
  void whenItIsFullTheTenantWhoseTimeIsUpFirstIsReleased() {
    for (int i = 0; i <= Quarantine.MAX_TENANTS; i++) {
      quarantine.add(crash(i, 1, 1));
      ticker.advance(Duration.ofMillis(1));
    }
    assertThat(quarantine.now()).hasSize(Quarantine.MAX_TENANTS);
    assertThat(quarantine.refusing(tenant(0), row(1))).isEmpty();
    assertThat(quarantine.refusing(tenant(1), row(1))).isPresent();
  }
}
