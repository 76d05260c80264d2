package io.manymodels.protocol.v2;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.protocol.v2.StatisticsDocument.Batches;
import io.manymodels.protocol.v2.StatisticsDocument.Timed;
import io.manymodels.time.Ticker;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is counted of each number of rows. */
class InferStatisticsTest {
  private static final ModelRef REF = new ModelRef(new TenantId("m"), new ModelVersion(1));

  private final InferStatistics statistics = new InferStatistics(Ticker.SYSTEM);

  private List<Batches> batches() {
    return statistics.of(REF).modelStats().get(0).batchStats();
  }

  @Test
  void requestsAreToldApartByTheirRows() {
    assertThat(batches()).isEmpty();
    statistics.succeeded(REF, 8, 1, 10);
    statistics.succeeded(REF, 1, 2, 20);
    statistics.succeeded(REF, 8, 3, 30);
    assertThat(batches())
        .containsExactly(
            new Batches(1, new Timed(1, 2), new Timed(1, 20), Timed.NEVER),
            new Batches(8, new Timed(2, 4), new Timed(2, 40), Timed.NEVER));
  }

  @Test
  void noMoreNumbersOfRowsAreKeptThanTheLimit() {
    for (int rows = 1; rows <= 100; rows++) {
      statistics.succeeded(REF, rows, 1, 1);
    }
    statistics.succeeded(REF, 1, 1, 1);
    assertThat(batches()).hasSize(32);
    assertThat(batches().get(0).computeInfer().count()).isEqualTo(2);
  }
}
