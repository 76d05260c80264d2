package io.manymodels.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.model.TenantId;
import io.manymodels.placement.PlacementState;
import io.manymodels.testing.Golden;
import io.manymodels.testing.Samples;
import io.manymodels.testing.Tenants;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The state in the placement store comes back as it was. */
class PlacementJsonTest {

  @Property(tries = 200)
  void aStateComesBack(
      @ForAll("pins") Map<TenantId, String> pins,
      @ForAll("declared") Map<String, HotConfig> declared) {
    PlacementState state = new PlacementState(new TreeMap<>(pins), new TreeMap<>(declared));
    assertThat(PlacementJson.readState(PlacementJson.write(state))).isEqualTo(state);
  }

  @Test
  void theFormOfTheStateIsTheOneThatEarlierVersionsWrote() {
    String text =
        "{\"pins\":{\"tenant09\":\"Deployment9\"},\"declared\":{\"Deployment9\":"
            + "{\"tenants\":[\"tenant09\"],\"capacity\":2,\"pool\":\"DEDICATED\"}}}";
    PlacementState state = PlacementJson.readState(text);
    assertThat(state.pins()).isEqualTo(Map.of(Tenants.tenant(9), "Deployment9"));
    assertThat(state.declared())
        .isEqualTo(Map.of("Deployment9", new HotConfig(Tenants.tenants(9), 2, Pool.DEDICATED)));
    assertThat(PlacementJson.write(state)).isEqualTo(text);
  }

  @Test
  void theFormOfTheStateStays() {
    Golden.assertUnchanged(
        PlacementJsonTest.class, "state.json", PlacementJson.write(Samples.state()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "{}",
        "[]",
        "{\"pins\":{}}",
        "{\"declared\":{}}",
        "{\"pins\":{},\"declared\":null}",
        "{\"pins\":{\"tenant1\":null},\"declared\":{}}",
        "{\"pins\":{\"../etc\":\"Deployment1\"},\"declared\":{}}",
        "{\"pins\":{},\"declared\":{\"Deployment1\":null}}",
        "{\"pins\":{},\"declared\":{\"Deployment1\":{\"capacity\":1,\"pool\":\"DYNAMIC\"}}}",
        "{\"pins\":{},\"declared\":{\"Deployment1\":{\"tenants\":[],\"capacity\":1}}}",
        "{\"pins\":{},\"declared\":{\"D\":{\"tenants\":[null],\"capacity\":1,\"pool\":\"DYNAMIC\"}}}",
        "{\"pins\":{},\"declared\":{\"D\":{\"tenants\":[],\"capacity\":0,\"pool\":\"DYNAMIC\"}}}",
      })
  void aMalformedStateIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> PlacementJson.readState(text));
  }

  private static Arbitrary<TenantId> tenant() {
    return Arbitraries.strings()
        .withCharRange('a', 'e')
        .withChars("-_9")
        .ofMinLength(1)
        .ofMaxLength(4)
        .map(TenantId::new);
  }

  private static Arbitrary<String> deployment() {
    return Arbitraries.integers().between(1, 12).map(number -> "Deployment" + number);
  }

  @Provide
  Arbitrary<List<TenantId>> tenants() {
    return tenant().list().uniqueElements().ofMaxSize(5);
  }

  @Provide
  Arbitrary<Map<TenantId, String>> pins() {
    return Arbitraries.maps(tenant(), deployment()).ofMaxSize(5);
  }

  @Provide
  Arbitrary<HotConfig> configs() {
    return Combinators.combine(tenants(), Arbitraries.of(Pool.class))
        .as((tenants, pool) -> new HotConfig(tenants, 5, 7, pool));
  }

  @Provide
  Arbitrary<Map<String, HotConfig>> declared() {
    return Arbitraries.maps(deployment(), configs()).ofMaxSize(4);
  }
}
