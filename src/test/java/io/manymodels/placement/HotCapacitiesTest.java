package io.manymodels.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HotCapacitiesTest {
  private final Map<String, HotConfig> configs = new LinkedHashMap<>();
  private final HotCapacities capacities;

  HotCapacitiesTest() {
    configs.put("Deployment2", new HotConfig(List.of(), 3, Pool.DYNAMIC));
    configs.put("Deployment10", new HotConfig(List.of(), 2, Pool.DEDICATED));
    configs.put("Deployment1", HotConfig.DEFAULT);
    capacities = new HotCapacities(configs);
    configs.clear();
  }

  @Test
  void keepsTheOrderOfTheYaml() {
    assertThat(capacities.deployments())
        .containsExactly("Deployment2", "Deployment10", "Deployment1");
  }

  @Test
  void knowsCapacityAndPool() {
    assertThat(capacities.capacity("Deployment2")).isEqualTo(3);
    assertThat(capacities.dynamic("Deployment2")).isTrue();
    assertThat(capacities.capacity("Deployment10")).isEqualTo(2);
    assertThat(capacities.dynamic("Deployment10")).isFalse();
  }

  @Test
  void anUnknownDeploymentTakesNothing() {
    assertThat(capacities.has("Deployment3")).isFalse();
    assertThat(capacities.capacity("Deployment3")).isZero();
    assertThat(capacities.dynamic("Deployment3")).isFalse();
  }

  @Test
  void changesAreMadeInACopy() {
    HotCapacities changed =
        capacities.with("Deployment10", new HotConfig(List.of(), 5, Pool.DYNAMIC));
    assertThat(changed.capacity("Deployment10")).isEqualTo(5);
    assertThat(changed.deployments()).containsExactlyElementsOf(capacities.deployments());
    assertThat(capacities.capacity("Deployment10")).isEqualTo(2);
    HotCapacities some = capacities.only(Set.of("Deployment1", "Deployment2", "Deployment7"));
    assertThat(some.deployments()).containsExactly("Deployment2", "Deployment1");
    assertThat(capacities.deployments()).hasSize(3);
  }
}
