package io.manymodels.quota;

import static io.manymodels.testing.Tenants.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.manymodels.config.RequestQuota;
import io.manymodels.config.TenantQuotas;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.testing.FakeTicker;
import java.time.Duration;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class QuotasTest {
  private static final RequestQuota NONE = RequestQuota.UNLIMITED;
  private static final double ANY = Double.POSITIVE_INFINITY;

  private final FakeTicker ticker = new FakeTicker();
  private final Quotas quotas = new Quotas(ticker);

  private static RequestQuota quota(double requests, double rows) {
    return new RequestQuota(requests, rows, 1);
  }

  private void tenants(RequestQuota byDefault) {
    quotas.reconfigure(new TenantQuotas(byDefault, new TreeMap<>()));
  }

  private void take(String caller, RequestQuota quota, int tenant, int rows) {
    quotas.take(caller, quota, tenant(tenant), rows);
  }

  private ServingException refusal(String caller, RequestQuota quota, int tenant, int rows) {
    ServingException refused =
        catchThrowableOfType(ServingException.class, () -> take(caller, quota, tenant, rows));
    assertThat(refused).as("a refusal").isNotNull();
    return refused;
  }

  @Test
  void whoHasNoQuotaIsNotCounted() {
    for (int i = 0; i < 10_000; i++) {
      take("a", NONE, 1, 1_000_000);
    }
    assertThat(quotas.inUse()).isFalse();
    assertThat(quotas.endInterval()).isEmpty();
  }

  @Test
  void aCallerIsRefusedWithTheTimeToWaitAndNotTheOthers() {
    RequestQuota quota = quota(0.25, ANY);
    take("a", quota, 1, 1);
    ServingException refused = refusal("a", quota, 2, 1);
    assertThat(refused.code()).isEqualTo(ErrorCode.QUOTA_EXCEEDED);
    assertThat(refused)
        .hasMessage("caller 'a' has a quota of 0.25 requests a second, which is used up");
    assertThat(refused.retryAfterSeconds()).isEqualTo(4);
    take("b", quota, 1, 1);
    ticker.advance(Duration.ofSeconds(4));
    take("a", quota, 2, 1);
  }

  @Test
  void rowsCountTooAndMoreThanThereEverAreAreTooMany() {
    RequestQuota quota = quota(ANY, 10);
    take("a", quota, 1, 8);
    assertThat(refusal("a", quota, 1, 3).retryAfterSeconds()).isEqualTo(1);
    take("a", quota, 1, 2);
    ServingException never = refusal("a", quota, 1, 11);
    assertThat(never.code()).isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
    assertThat(never)
        .hasMessage("11 rows are more than the quota of caller 'a' takes at once, which is 10");
  }

  @Test
  void tenantsHaveTheDefaultOrTheirOwn() {
    TreeMap<TenantId, RequestQuota> own = new TreeMap<>();
    own.put(tenant(2), quota(3, ANY));
    quotas.reconfigure(new TenantQuotas(quota(1, ANY), own));
    take("a", NONE, 1, 1);
    assertThat(refusal("b", NONE, 1, 1))
        .hasMessageStartingWith("tenant 'tenant01' has a quota of 1 ");
    for (int i = 0; i < 3; i++) {
      take("a", NONE, 2, 1);
    }
    assertThat(refusal("a", NONE, 2, 1))
        .hasMessageStartingWith("tenant 'tenant02' has a quota of 3 ");
    quotas.reconfigure(TenantQuotas.UNLIMITED);
    take("a", NONE, 1, 1);
  }

  @Test
  void whatTheTenantsQuotaRefusesIsNotTakenFromTheCallers() {
    tenants(quota(ANY, 5));
    RequestQuota ofCaller = quota(2, 100);
    take("a", ofCaller, 1, 5);
    for (int i = 0; i < 5; i++) {
      assertThat(refusal("a", ofCaller, 1, 5)).hasMessageContaining("tenant01");
    }
    take("a", ofCaller, 2, 5);
    assertThat(refusal("a", ofCaller, 3, 1)).hasMessageContaining("caller 'a'");
  }

  @Test
  void aChangedQuotaCountsAtOnce() {
    take("a", quota(1, ANY), 1, 1);
    assertThat(refusal("a", quota(1, ANY), 1, 1).retryAfterSeconds()).isEqualTo(1);
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> take("a", quota(10, ANY), 1, 1))
        .satisfies(refused -> assertThat(refused.retryAfterSeconds()).isEqualTo(1));
    ticker.advance(Duration.ofMillis(100));
    take("a", quota(10, ANY), 1, 1);
  }
}
