package io.manymodels.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.DispatcherConfig;
import io.manymodels.config.HotConfig;
import io.manymodels.config.OverflowConfig;
import io.manymodels.config.Pool;
import io.manymodels.json.UserConfigJson;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MachineDefaultsTest {
  private static final long MIB = 1 << 20;

  @Test
  void noTenantIsNamedAndTwoDeploymentsAreDedicated() {
    ServedApplication served = MachineDefaults.of(4096 * MIB, 2);
    List<HotConfig> hot =
        served.application().hot().stream()
            .map(name -> UserConfigJson.hot(served.userConfig(name)))
            .toList();
    assertThat(hot).allSatisfy(config -> assertThat(config.tenants()).isEmpty());
    assertThat(hot.stream().filter(config -> config.pool() == Pool.DEDICATED)).hasSize(2);
    assertThat(hot.stream().mapToInt(HotConfig::capacity).sum())
        .as("an answer lists them all")
        .isLessThanOrEqualTo(DispatcherConfig.DEFAULT.deploymentMapLimit());
  }

  /** Whatever the machine has, every value is one that its key takes, and the sum fits. */
  @ParameterizedTest
  @CsvSource({"1, 1", "64, 1", "512, 1", "4096, 2", "24576, 8", "4194304, 512", "9000000000, 4"})
  void everySizeIsTaken(long memoryMib, int processors) {
    ServedApplication served = MachineDefaults.of(memoryMib * MIB, processors);
    long hotMib =
        served.application().hot().stream()
            .mapToLong(name -> UserConfigJson.hot(served.userConfig(name)).capacityMib())
            .sum();
    OverflowConfig overflow = UserConfigJson.overflow(served.userConfig("Deploymentx"));
    DispatcherConfig dispatcher = UserConfigJson.dispatcher(served.userConfig("Dispatcher"));
    assertThat(hotMib + overflow.capacityMib()).isLessThanOrEqualTo(Math.max(64, memoryMib / 2));
    assertThat(dispatcher.maxInFlight()).isGreaterThanOrEqualTo(128);
    assertThat(UserConfigJson.placement(served.userConfig("SharedMemory"))).isNotNull();
  }

  @Test
  void moreMemoryIsMoreRoom() {
    assertThat(overflowMib(8192)).isEqualTo(2 * overflowMib(4096));
  }

  private static int overflowMib(long memoryMib) {
    ServedApplication served = MachineDefaults.of(memoryMib * MIB, 2);
    return UserConfigJson.overflow(served.userConfig("Deploymentx")).capacityMib();
  }
}
