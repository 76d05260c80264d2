package io.manymodels.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.config.HotConfig;
import io.manymodels.config.Pool;
import io.manymodels.holding.HotReport;
import io.manymodels.holding.HotReport.Held;
import io.manymodels.holding.HotReport.Refused;
import io.manymodels.holding.LoadingReport;
import io.manymodels.holding.Refreshed;
import io.manymodels.json.ControlJson.Command;
import io.manymodels.json.ControlJson.Kind;
import io.manymodels.json.SharedMemoryJson.PoolChange;
import io.manymodels.json.SharedMemoryJson.PoolReply;
import io.manymodels.json.SharedMemoryJson.TablePoll;
import io.manymodels.json.SharedMemoryJson.Traffic;
import io.manymodels.loading.ArtifactTiers;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.model.Violation;
import io.manymodels.placement.Generation;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementState;
import io.manymodels.placement.PlacementTable;
import io.manymodels.stats.TenantTraffic;
import io.manymodels.testing.Requests;
import io.manymodels.testing.Tenants;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

/** Everything that goes between replicas or to the store as JSON comes back as it was. */
class PlacementJsonTest {

  @Property(tries = 200)
  void aTableComesBack(
      @ForAll("generations") Generation generation,
      @ForAll("placements") Map<TenantId, Placement> placements) {
    PlacementTable table = PlacementTable.of(generation, placements);
    PlacementTable read = PlacementJson.readTable(PlacementJson.write(table));
    assertThat(read.generation()).isEqualTo(generation);
    assertThat(read.placements()).isEqualTo(table.placements());
  }

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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "{\"term\":1,\"number\":2}",
        "{\"term\":1,\"number\":2,\"placed\":{}}",
        "{\"term\":1,\"number\":2,\"pinned\":[]}",
        "{\"term\":1,\"number\":2,\"placed\":{\"a\":null},\"pinned\":[]}",
        "{\"term\":1,\"number\":2,\"placed\":{},\"pinned\":[null]}",
        "{\"term\":1,\"number\":2,\"placed\":{},\"pinned\":[\"\"]}",
      })
  void aMalformedTableIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> PlacementJson.readTable(text));
  }

  @Property(tries = 100)
  void aCommandComesBack(
      @ForAll Kind kind,
      @ForAll("generations") Generation stamp,
      @ForAll("tenants") List<TenantId> tenants,
      @ForAll long timeoutMillis) {
    Command command = Command.of(kind, stamp, tenants, timeoutMillis);
    Command read = ControlJson.readCommand(ControlJson.write(command));
    assertThat(read).isEqualTo(command);
    assertThat(read.stamp()).isEqualTo(stamp);
    assertThat(read.tenantIds()).isEqualTo(tenants);
  }

  @Property(tries = 100)
  void aReportComesBack(
      @ForAll("generations") Generation obeyed,
      @ForAll("generations") Generation since,
      @ForAll("tenants") List<TenantId> tenants,
      @ForAll ErrorCode code,
      @ForAll("configs") HotConfig config,
      @ForAll boolean refused) {
    HotReport report =
        new HotReport(
            obeyed,
            tenants.stream()
                .map(t -> new Held(t, new ModelVersion(7), since, Requests.COST))
                .toList(),
            tenants.stream().map(t -> new Refused(t, code, "because \"of\"\n" + t)).toList(),
            config,
            refused ? Optional.of("key 'x'") : Optional.empty(),
            loading(tenants, code));
    assertThat(ControlJson.readReport(ControlJson.write(report))).isEqualTo(report);
  }

  private static LoadingReport loading(List<TenantId> tenants, ErrorCode code) {
    return new LoadingReport(
        tenants.stream()
            .map(
                t ->
                    new Refreshed(
                        t,
                        Refreshed.State.REFUSED,
                        Optional.of(new ModelVersion(3)),
                        Optional.of(code),
                        "because of " + t))
            .toList(),
        new ArtifactTiers.Reads(1, 2, 3, 4),
        5);
  }

  @Test
  void whatDispatchersAskComesBack() {
    TablePoll poll = TablePoll.of("reader", new Generation(3, 4));
    assertThat(Json.read(Json.write(poll), TablePoll.class)).isEqualTo(poll);
    assertThat(poll.known()).isEqualTo(new Generation(3, 4));
    List<TenantTraffic> traffic = Requests.tenForEach(Tenants.tenants(2, 1, 1));
    assertThat(Json.read(Json.write(Traffic.of(traffic)), Traffic.class).traffic())
        .isEqualTo(traffic);
    PoolChange change = PoolChange.of(Tenants.mapping(1, "Deployment1"), 500);
    PoolChange read = Json.read(Json.write(change), PoolChange.class);
    assertThat(read.byTenant()).isEqualTo(Tenants.mapping(1, "Deployment1"));
    assertThat(read.timeoutMillis()).isEqualTo(500);
  }

  @Test
  void aRefusalOfThePoolReachesTheOneWhoAsked() {
    Json.read(Json.write(PoolReply.DONE), PoolReply.class).orThrow();
    ServingException why =
        new ServingException(
            ErrorCode.DEDICATED_POOL_REFUSED,
            "the mapping was not applied",
            List.of(new Violation("/mapping/a", "no"), new Violation("/mapping/b", "no")));
    PoolReply read = Json.read(Json.write(PoolReply.of(why)), PoolReply.class);
    try {
      read.orThrow();
      throw new AssertionError("nothing was thrown");
    } catch (ServingException e) {
      assertThat(e).hasMessage(why.getMessage());
      assertThat(e.code()).isEqualTo(why.code());
      assertThat(e.violations()).isEqualTo(why.violations());
    }
  }

  @Provide
  Arbitrary<Generation> generations() {
    Arbitrary<Long> numbers = Arbitraries.longs().greaterOrEqual(0);
    return Combinators.combine(numbers, numbers).as(Generation::new);
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
  Arbitrary<Map<TenantId, Placement>> placements() {
    return Arbitraries.maps(
            tenant(),
            Combinators.combine(deployment(), Arbitraries.of(true, false)).as(Placement::new))
        .ofMaxSize(8);
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
