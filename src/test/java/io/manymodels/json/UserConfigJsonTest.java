package io.manymodels.json;

import static io.manymodels.testing.Tenants.tenants;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.ConfigKey;
import io.manymodels.config.ConfigKey.WholeKey;
import io.manymodels.config.DispatcherConfig;
import io.manymodels.config.HotConfig;
import io.manymodels.config.OverflowConfig;
import io.manymodels.config.PlacementConfig;
import io.manymodels.config.PolicyConfig;
import io.manymodels.config.Pool;
import io.manymodels.config.RequestQuota;
import io.manymodels.config.TenantQuotas;
import io.manymodels.model.TenantId;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class UserConfigJsonTest {
  private static final Map<String, Function<String, ?>> READERS =
      new TreeMap<>(
          Map.of(
              "hot", UserConfigJson::hot,
              "overflow", UserConfigJson::overflow,
              "dispatcher", UserConfigJson::dispatcher,
              "placement", UserConfigJson::placement));

  /** Each key that takes a number, and the least and the most that it takes. */
  private record Key(String deployment, String name, int least, int most) {}

  private static final Map<String, List<ConfigKey>> KEYS =
      Map.of(
          "hot", HotConfig.KEYS,
          "overflow", OverflowConfig.KEYS,
          "dispatcher", DispatcherConfig.KEYS,
          "placement", PlacementConfig.KEYS);

  private static Stream<Key> keys() {
    return KEYS.entrySet().stream()
        .flatMap(
            deployment ->
                deployment.getValue().stream()
                    .filter(WholeKey.class::isInstance)
                    .map(WholeKey.class::cast)
                    .map(key -> new Key(deployment.getKey(), key.name(), key.low(), key.high())));
  }

  private static void assertRefused(String deployment, String json, String message) {
    String text = json.replace('\'', '"');
    assertThatIllegalArgumentException()
        .isThrownBy(() -> READERS.get(deployment).apply(text))
        .withMessage(message);
  }

  @Test
  void nothingSaidIsTheDefault() {
    assertThat(UserConfigJson.hot("{}")).isEqualTo(HotConfig.DEFAULT);
    assertThat(UserConfigJson.overflow("{}")).isEqualTo(OverflowConfig.DEFAULT);
    assertThat(UserConfigJson.dispatcher("{}")).isEqualTo(DispatcherConfig.DEFAULT);
    assertThat(UserConfigJson.placement("{}")).isEqualTo(PlacementConfig.DEFAULT);
  }

  @Test
  void everyKeyReachesItsPlace() {
    assertThat(
            UserConfigJson.hot(
                "{\"tenants\":[\"tenant02\",\"tenant01\"],\"capacity\":5,\"pool\":\"dedicated\"}"))
        .isEqualTo(new HotConfig(tenants(2, 1), 5, Pool.DEDICATED));
    assertThat(
            UserConfigJson.overflow(
                "{\"capacity\":2,\"capacity_mib\":3,\"load_threads\":4,\"load_queue\":5}"))
        .isEqualTo(new OverflowConfig(2, 3, 4, 5));
    assertThat(
            UserConfigJson.dispatcher(
                "{\"max_body_bytes\":2,\"max_rows\":3,\"max_values\":4,\"deadline_ms\":5,"
                    + "\"attempt_timeout_ms\":6,\"max_in_flight\":7,"
                    + "\"max_in_flight_per_tenant\":8,\"deployment_map_limit\":9}"))
        .isEqualTo(new DispatcherConfig(2, 3, 4, 5, 6, 7, 8, 9));
    assertThat(
            UserConfigJson.placement(
                "{\"max_moves_per_second\":2,\"reconcile_ms\":103,\"load_timeout_ms\":104,"
                    + "\"acknowledge_ms\":105,\"known_tenants\":1006,\"metrics_tenants\":7,\"half_life_s\":107,"
                    + "\"admission_margin\":0.8,\"admission_deviations\":0.9,"
                    + "\"overflow_cost_ms\":110}"))
        .isEqualTo(
            new PlacementConfig(2, 103, 104, 105, 1006, 7, new PolicyConfig(107, 0.8, 0.9, 110)));
  }

  @Test
  void theOldSystemsConfigurationsAreUnderstood() {
    assertThat(UserConfigJson.hot("{\"tenant\":\"tenant01\"}"))
        .isEqualTo(new HotConfig(tenants(1), 1, Pool.DYNAMIC));
    assertThat(UserConfigJson.overflow("{\"tenant\":\"default\"}"))
        .isEqualTo(OverflowConfig.DEFAULT);
    assertRefused(
        "overflow",
        "{'tenant': 'tenant1'}",
        "key 'tenant': \"tenant1\"; the overflow deployment has no fixed tenants");
  }

  @ParameterizedTest
  @CsvSource({"hot", "overflow", "dispatcher", "placement"})
  void theKeysOfTheRecordAreThoseThatAreRead(String deployment) {
    String allowed =
        KEYS.get(deployment).stream().map(ConfigKey::name).sorted().collect(joining(", "));
    assertRefused(deployment, "{'x': 1}", "unknown key 'x'; allowed: " + allowed);
  }

  @ParameterizedTest
  @MethodSource("keys")
  void aValueOutOfRangeIsRefusedWithKeyValueAndRange(Key key) {
    String range = " is not in " + key.least() + ".." + key.most();
    for (long value : new long[] {key.least() - 1L, key.most() + 1L, -5}) {
      if (key.name().equals(PolicyConfig.HALF_LIFE_S.name()) && value == PolicyConfig.CHOSEN) {
        continue;
      }
      assertRefused(
          key.deployment(),
          "{'" + key.name() + "': " + value + "}",
          "key '" + key.name() + "': " + value + range);
    }
    for (int value : new int[] {key.least(), key.most()}) {
      assertThat(READERS.get(key.deployment()).apply("{\"" + key.name() + "\":" + value + "}"))
          .asString()
          .contains("=" + value);
    }
  }

  @ParameterizedTest
  @MethodSource("keys")
  void aValueOfAnotherTypeIsRefusedWithKeyAndValue(Key key) {
    for (String value : new String[] {"'1'", "1.5", "true", "[1]", "{}"}) {
      String got =
          switch (value) {
            case "[1]" -> "a list";
            case "{}" -> "an object";
            default -> value.replace('\'', '"');
          };
      assertRefused(
          key.deployment(),
          "{'" + key.name() + "': " + value + "}",
          "key '" + key.name() + "': expected a whole number, got " + got);
    }
    assertRefused(
        key.deployment(),
        "{'" + key.name() + "': 99999999999}",
        "key '" + key.name() + "': out of range, got 99999999999");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          hot | {'replicas': 2} | unknown key 'replicas'; allowed: capacity, capacity_mib, pool, tenant, tenants
          hot | {'pool': 'Dynamic'} | key 'pool': "Dynamic" is not one of dynamic, dedicated
          hot | {'pool': 1} | key 'pool': expected a text, got 1
          hot | {'tenant': 7} | key 'tenant': expected a text, got 7
          hot | {'tenants': 'tenant1'} | key 'tenants': expected a list, got "tenant1"
          hot | {'tenants': ['a', 5], 'capacity': 2} | key 'tenants[1]': expected a text, got 5
          hot | {'tenant': 'a', 'tenants': ['b']} | keys 'tenant' and 'tenants' exclude each other
          hot | {'tenants': ['a', 'b']} | key 'tenants': 2 tenants do not fit in capacity 1
          hot | {'tenants': ['a', 'a'], 'capacity': 2} | key 'tenants': a tenant is named twice
          hot | {'tenant': '.a'} | key 'tenant': ".a": a tenant is 1..128 characters of A-Z a-z 0-9 . _ -, not starting with a dot
          hot | {'tenants': ['a/b']} | key 'tenants': "a/b": a tenant is 1..128 characters of A-Z a-z 0-9 . _ -, not starting with a dot
          hot | {'tenants': [null]} | key 'tenants': null: a tenant is 1..128 characters of A-Z a-z 0-9 . _ -, not starting with a dot
          overflow | {'Capacity': 2} | unknown key 'Capacity'; allowed: capacity, capacity_mib, load_queue, load_threads, tenant
          dispatcher | {'x': 1} | unknown key 'x'; allowed: attempt_timeout_ms, deadline_ms, deployment_map_limit, max_body_bytes, max_in_flight, max_in_flight_per_tenant, max_rows, max_values, tenant_quota, tenant_quotas
          placement | {'x': 1} | unknown key 'x'; allowed: acknowledge_ms, admission_deviations, admission_margin, half_life_s, known_tenants, load_timeout_ms, max_moves_per_second, metrics_tenants, overflow_cost_ms, reconcile_ms
          placement | [] | expected an object, got a list
          placement | {'reconcile_ms': 200, 'reconcile_ms': 300} | not valid JSON: Duplicate field 'reconcile_ms' (line 1, column 37)
          """)
  void whatIsNotTakenIsRefusedInOneLine(String deployment, String json, String message) {
    assertRefused(deployment, json, message);
  }

  @Test
  void quotasOfTenantsAreRead() {
    TenantQuotas quotas =
        UserConfigJson.dispatcher(
                "{\"tenant_quota\": {\"requests_per_second\": 5}, \"tenant_quotas\":"
                    + " {\"a\": {\"rows_per_second\": 0.5, \"burst_s\": 10}, \"b\": {}}}")
            .tenantQuotas();
    assertThat(quotas.of(new TenantId("c")))
        .isEqualTo(new RequestQuota(5, Double.POSITIVE_INFINITY, 1));
    assertThat(quotas.of(new TenantId("a")))
        .isEqualTo(new RequestQuota(Double.POSITIVE_INFINITY, 0.5, 10));
    assertThat(quotas.of(new TenantId("b"))).isEqualTo(RequestQuota.UNLIMITED);
    assertRefused(
        "dispatcher",
        "{'tenant_quota': {'requests_per_second': -1}}",
        "key 'requests_per_second': -1.0 is not in 0.001..1000000");
    assertRefused(
        "dispatcher", "{'tenant_quota': {'burst_s': 0}}", "key 'burst_s': 0.0 is not in 0.1..3600");
  }

  @Test
  void theApplicationsConfigurationIsRead() {
    assertThat(
            UserConfigJson.application(
                "{\"application\":\"many-models\",\"hot\":[\"Deployment1\",\"Deployment2\"],"
                    + "\"overflow\":\"Deploymentx\",\"shared_memory\":\"SharedMemory\","
                    + "\"dispatcher\":\"Dispatcher\"}"))
        .isEqualTo(
            new ApplicationConfig(
                "many-models",
                List.of("Deployment1", "Deployment2"),
                "Deploymentx",
                "SharedMemory",
                "Dispatcher"));
    assertThatIllegalArgumentException().isThrownBy(() -> UserConfigJson.application("{}"));
  }
}
