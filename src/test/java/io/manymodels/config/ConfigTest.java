package io.manymodels.config;

import static io.manymodels.testing.Tenants.tenants;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The defaults that operators rely on, and what fits together in no configuration. */
class ConfigTest {

  @Test
  void defaultsOfAHotDeployment() {
    assertThat(HotConfig.DEFAULT.tenants()).isEmpty();
    assertThat(HotConfig.DEFAULT.capacity()).isOne();
    assertThat(HotConfig.DEFAULT.pool()).isEqualTo(Pool.DYNAMIC);
  }

  @Test
  void defaultsOfTheOverflowDeployment() {
    assertThat(OverflowConfig.DEFAULT).isEqualTo(new OverflowConfig(1_000, 128, 2, 1_000));
    assertThat(OverflowConfig.DEFAULT.capacityBytes()).isEqualTo(134_217_728);
    assertThat(new OverflowConfig(1, 1_048_576, 1, 1).capacityBytes()).isEqualTo(1L << 40);
  }

  @Test
  void defaultsOfTheDispatcher() {
    assertThat(DispatcherConfig.DEFAULT)
        .isEqualTo(new DispatcherConfig(8_388_608, 10_000, 1_000_000, 10_000, 2_000, 60, 32, 100));
  }

  @Test
  void defaultsOfSharedMemory() {
    assertThat(PlacementConfig.DEFAULT)
        .isEqualTo(
            new PlacementConfig(
                500, 1_000, 10_000, 5_000, 100_000, 20, new PolicyConfig(0, 0.1, 0.9, 10)));
  }

  @Test
  void aHotConfigurationCannotBeChanged() {
    var tenants = new ArrayList<>(tenants(1, 2));
    HotConfig config = new HotConfig(tenants, 2, Pool.DYNAMIC);
    tenants.clear();
    assertThat(config.tenants()).containsExactlyElementsOf(tenants(1, 2));
  }

  @Test
  void tenantsMustFitAndDiffer() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HotConfig(tenants(1, 2, 3), 2, Pool.DYNAMIC))
        .withMessage("key 'tenants': 3 tenants do not fit in capacity 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HotConfig(tenants(1, 2, 1), 3, Pool.DYNAMIC))
        .withMessage("key 'tenants': a tenant is named twice");
  }

  @ParameterizedTest
  @CsvSource({
    "many-models, Deployment1, Deployment1, SharedMemory, Dispatcher",
    "many-models, Deployment1, Deploymentx, Deploymentx, Dispatcher",
    "many-models, Deployment1, Deploymentx, SharedMemory, SharedMemory",
    "many-models, Deployment1, Deploymentx, SharedMemory, ''",
    "'', Deployment1, Deploymentx, SharedMemory, Dispatcher",
  })
  void deploymentsAreTheirNames(
      String application, String hot, String overflow, String sharedMemory, String dispatcher) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new ApplicationConfig(
                    application, List.of(hot), overflow, sharedMemory, dispatcher))
        .withMessage("deployment names must be different and not empty");
  }

  @Test
  void anApplicationHasAHotDeployment() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ApplicationConfig("a", List.of(), "o", "s", "d"))
        .withMessage("key 'hot': at least one hot deployment is needed");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ApplicationConfig("a", List.of("D", "D"), "o", "s", "d"));
  }
}
