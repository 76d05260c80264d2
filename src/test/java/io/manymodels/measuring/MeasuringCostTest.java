package io.manymodels.measuring;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.TenantId;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** What is done for each request allocates nothing; its time is in bench/RESULTS.md. */
class MeasuringCostTest {
  private static final int REQUESTS = 10_000;

  private final Measurements measurements = Measurements.unread();
  private final AnswerCounts answers = new AnswerCounts(measurements, "score");
  private final Timing timing = measurements.timing(Measure.HOP_SECONDS, "turn");
  private final Count count = measurements.count(Measure.PREDICTIONS, "hot", "ok");
  private final TenantId tenant = tenant(1);

  private void request(int i) {
    answers.answered(200, null);
    answers.answered(404, ErrorCode.MODEL_NOT_FOUND);
    answers.bytes(100, 200);
    answers.took(i);
    timing.record(i);
    count.increment();
    measurements.tenants().record(tenant, RequestOutcome.HIT, i);
    measurements.tenants().predicted(tenant, i);
  }

  @Test
  void aRequestAllocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    request(0);
    long unused = threads.getCurrentThreadAllocatedBytes();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < REQUESTS; i++) {
      request(i);
    }
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(REQUESTS);
    assertThat(count.value()).isEqualTo(REQUESTS + 1);
    assertThat(measurements.counted())
        .containsEntry("answers|score|404|model-not-found", REQUESTS + 1L)
        .containsEntry("received_bytes|score", 100L * (REQUESTS + 1));
  }

  @Test
  void answersAreToldApartByStatusAndCode() {
    answers.answered(200, null);
    answers.answered(204, null);
    answers.answered(200, null);
    answers.answered(400, ErrorCode.INVALID_INPUT);
    assertThat(measurements.counted())
        .containsEntry("answers|score|200|ok", 2L)
        .containsEntry("answers|score|204|ok", 1L)
        .containsEntry("answers|score|400|invalid-input", 1L);
  }
}
