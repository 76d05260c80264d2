package io.manymodels.scoring;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class InFlightLimitsTest {
  private final InFlightLimits limits = new InFlightLimits();

  @Test
  void aTenantHasItsShare() {
    limits.enter(tenant(1), 10, 2);
    limits.enter(tenant(1), 10, 2);
    assertRefused(
        tenant(1),
        10,
        2,
        ErrorCode.TENANT_OVER_SHARE,
        "tenant 'tenant01' has 2 requests under way, its limit");
    limits.enter(tenant(2), 10, 2);
    assertThat(limits.total()).isEqualTo(3);
    limits.leave(tenant(1));
    limits.enter(tenant(1), 10, 2);
  }

  @Test
  void allTogetherHaveALimit() {
    limits.enter(tenant(1), 2, 2);
    limits.enter(tenant(2), 2, 2);
    assertRefused(
        tenant(3), 2, 2, ErrorCode.OVERLOADED, "2 requests are under way, which is the limit");
    limits.leave(tenant(1));
    limits.enter(tenant(3), 2, 2);
    assertThat(limits.total()).isEqualTo(2);
  }

  @Test
  void aLimitMayChangeWhileRequestsAreUnderWay() {
    limits.enter(tenant(1), 3, 3);
    limits.enter(tenant(1), 3, 3);
    assertRefused(
        tenant(2), 1, 1, ErrorCode.OVERLOADED, "1 requests are under way, which is the limit");
    limits.leave(tenant(1));
    limits.leave(tenant(1));
    limits.enter(tenant(2), 1, 1);
  }

  @Test
  void theLimitHoldsWhateverRacesAndEverythingIsGivenBack() throws Exception {
    int maximum = 2;
    AtomicInteger inside = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<Boolean>> ends = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        TenantId tenant = tenant(i % 2);
        ends.add(
            threads.submit(
                () -> {
                  boolean kept = true;
                  for (int n = 0; n < 5_000; n++) {
                    kept &= enterAndLeave(tenant, maximum, inside);
                  }
                  return kept;
                }));
      }
      for (Future<Boolean> end : ends) {
        assertThat(end.get(20, TimeUnit.SECONDS)).isTrue();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(limits.total()).isZero();
    limits.enter(tenant(0), 1, 1);
    limits.leave(tenant(0));
    limits.enter(tenant(1), 1, 1);
  }

  private boolean enterAndLeave(TenantId tenant, int maximum, AtomicInteger inside) {
    try {
      limits.enter(tenant, maximum, 1);
    } catch (ServingException refused) {
      return true;
    }
    boolean kept = inside.incrementAndGet() <= maximum;
    inside.decrementAndGet();
    limits.leave(tenant);
    return kept;
  }

  private void assertRefused(
      TenantId tenant, int maximum, int maximumPerTenant, ErrorCode code, String message) {
    int before = limits.total();
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> limits.enter(tenant, maximum, maximumPerTenant))
        .withMessage(message)
        .extracting(ServingException::code)
        .isEqualTo(code);
    assertThat(limits.total()).as("nothing is counted").isEqualTo(before);
  }
}
