package io.manymodels.tools.simulation;

import static io.manymodels.testing.Tenants.firstTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TraceTest {

  @Test
  void keepsItsOwnCopies() {
    long[] millis = {1, 2};
    int[] tenantOf = {0, 1};
    Trace trace = Trace.of("t", millis, tenantOf, firstTo(2));
    millis[0] = 9;
    tenantOf[0] = 1;
    assertThat(trace.millis(0)).isEqualTo(1);
    assertThat(trace.tenant(0)).isZero();
    assertThat(trace).hasToString("t: 2 requests, 2 tenants");
  }

  @Test
  void refusesWhatIsNoTrace() {
    assertRefused(new long[0]);
    assertRefused(new long[] {1}, 0, 0);
    assertRefused(new long[] {-1}, 0);
    assertRefused(new long[] {2, 1}, 0, 0);
    assertRefused(new long[] {1}, 2);
    assertRefused(new long[] {1}, -1);
  }

  private static void assertRefused(long[] millis, int... tenantOf) {
    assertThatThrownBy(() -> Trace.of("t", millis, tenantOf, firstTo(2)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
