package io.manymodels.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.model.TenantId;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TenantScopeTest {

  @ParameterizedTest
  @CsvSource({
    "tenant1, tenant1, true",
    "tenant1, tenant10, false",
    "tenant1, Tenant1, false",
    "shop-*, shop-1, true",
    "shop-*, shop-, true",
    "shop-*, shop, false",
    "shop-*, my-shop-1, false",
    "*, anybody, true",
  })
  void namesBeginningsAndAll(String scope, String tenant, boolean contained) {
    assertThat(TenantScope.of(List.of("other", scope)).contains(new TenantId(tenant)))
        .isEqualTo(contained);
    assertThat(TenantScope.NONE.and(TenantScope.of(List.of(scope))).contains(new TenantId(tenant)))
        .isEqualTo(contained);
    assertThat(TenantScope.of(List.of(scope)).isAll()).isEqualTo(scope.equals("*"));
    assertThat(TenantScope.NONE.contains(new TenantId(tenant))).isFalse();
  }
}
