package io.manymodels.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementDecision.Figures;
import io.manymodels.placement.PlacementEvent;
import io.manymodels.placement.PlacementEvent.Kind;
import io.manymodels.placement.PlacementHistory;
import io.manymodels.placement.RememberedPlacement;
import io.manymodels.stats.ModelCost;
import io.manymodels.stats.RememberedTraffic;
import io.manymodels.stats.RememberedTraffic.Mean;
import io.manymodels.stats.RememberedTraffic.Scores;
import io.manymodels.stats.RememberedTraffic.Tenant;
import io.manymodels.stats.TrafficStatistics;
import io.manymodels.stats.Worth;
import io.manymodels.testing.Golden;
import io.manymodels.testing.Samples;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is remembered of placement comes back, and stays within bounds. */
class RememberedJsonTest {

  private static String text(byte[] compressed) {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] compressed(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  @Test
  void theFormStays() {
    byte[] written = RememberedJson.write(Samples.remembered());
    Golden.assertUnchanged(RememberedJsonTest.class, "remembered.json", text(written));
    assertThat(RememberedJson.read(written)).isEqualTo(Samples.remembered());
    assertThat(RememberedJson.read(RememberedJson.write(RememberedPlacement.NOTHING)))
        .isEqualTo(RememberedPlacement.NOTHING);
  }

  /** As a later version writes it: with more keys, and a kind of decision that is new. */
  @Test
  void whatIsNotKnownIsPassedOver() {
    String later =
        text(RememberedJson.write(Samples.remembered()))
            .replace("{\"format\"", "{\"later\":[1],\"format\"")
            .replace("{\"sequence\"", "{\"later\":{},\"sequence\"")
            .replace("{\"hits\"", "{\"later\":1,\"hits\"")
            .replace("{\"at\"", "{\"later\":null,\"at\"")
            .replace("{\"load_ms\"", "{\"later\":1,\"load_ms\"")
            .replace("{\"tenant\"", "{\"later\":1,\"tenant\"")
            .replace("\"PROMOTED\"", "\"PROMOTED_BY_THE_MOON\"");
    RememberedPlacement read = RememberedJson.read(compressed(later));
    assertThat(read.decisions()).containsExactly(Samples.events().get(1));
    assertThat(read.places()).isEqualTo(Samples.remembered().places());
    assertThat(read.traffic()).isEqualTo(Samples.remembered().traffic());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "{}",
        "[]",
        "{\"format\":2,\"numbered_since\":1,\"decisions\":[],\"dynamic\":{},\"pinned\":{}}",
        "{\"format\":1,\"numbered_since\":-1,\"decisions\":[],\"dynamic\":{},\"pinned\":{}}",
        "{\"format\":1,\"numbered_since\":1,\"decisions\":[null],\"dynamic\":{},\"pinned\":{}}",
        "{\"format\":1,\"numbered_since\":1,\"decisions\":[{}],\"dynamic\":{},\"pinned\":{}}",
        "{\"format\":1,\"numbered_since\":1,\"decisions\":[],\"dynamic\":{\"../x\":\"D\"},\"pinned\":{}}",
        "{\"format\":1,\"numbered_since\":1,\"decisions\":[],\"dynamic\":{\"x\":null},\"pinned\":{}}",
        "{\"format\":1,\"numbered_since\":1,\"decisions\":[],\"dynamic\":{},\"pinned\":{},\"traffic\":{}}",
      })
  void aMalformedDocumentIsRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RememberedJson.read(compressed(text)))
        .satisfies(e -> assertThat(e.getMessage()).isNotBlank().doesNotContain("\n"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"half_lives_ms\":[500,600000] | \"half_lives_ms\":[500]",
        "\"half_lives_ms\":[500,600000] | \"half_lives_ms\":[0,600000]",
        "\"in_force\":1 | \"in_force\":2",
        "\"scores\":[30.0,41.5] | \"scores\":[30.0]",
        "\"hits\":[0.25,120.0] | \"hits\":[0.25]",
        "\"hits\":[0.25,120.0] | \"hits\":[0.25,-120.0]",
        "\"hits\":[0.25,120.0] | \"hits\":[0.25,1e999]",
        "\"hits\":[0.25,120.0] | \"hits\":[0.25,null]",
        "\"weight_bytes\":40000,\"load | \"weight_bytes\":-40000,\"load",
        "12:00:01.250Z | noon",
        "12:00:00Z | 12",
        "\"3.41\" | \"3\""
      })
  void aWrongFigureIsRefused(String right, String wrong) {
    String text = text(RememberedJson.write(Samples.remembered()));
    assertThat(text).contains(right);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RememberedJson.read(compressed(text.replace(right, wrong))));
  }

  @Test
  void aBombIsRefused() {
    byte[] bomb = compressed(" ".repeat(50 << 20));
    assertThat(bomb.length).isLessThan(1 << 20);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RememberedJson.read(bomb))
        .withMessageContaining("bytes of JSON");
  }

  @Property(tries = 200)
  void aFigureComesBackToFourDigits(@ForAll @DoubleRange(min = 0, max = 1e12) double hits) {
    RememberedTraffic sample = Samples.remembered().traffic();
    RememberedTraffic traffic =
        new RememberedTraffic(
            sample.at(),
            sample.halfLives(),
            1,
            new Scores(List.of(hits, hits), 1),
            sample.mean(),
            List.of(
                new Tenant(new TenantId("a"), List.of(hits, hits / 1e9), 1, new ModelCost(1, 1))));
    RememberedTraffic read =
        RememberedJson.read(
                RememberedJson.write(
                    new RememberedPlacement(1, List.of(), new TreeMap<>(), traffic)))
            .traffic();
    List<Double> figures = read.tenants().get(0).hits();
    assertThat(figures.get(0)).isEqualTo(hits, within(5e-4 + hits * 5e-4));
    assertThat(figures.get(1)).isEqualTo(hits / 1e9, within(1e-3 + hits / 1e9 * 5e-4));
    assertThat(read.scores().ofHalfLives().get(0)).isEqualTo(figures.get(0));
  }

  private static List<String> names(int count, Function<Integer, String> name) {
    return IntStream.range(0, count).mapToObj(name::apply).toList();
  }

  /** A full history and as many tenants as may be remembered. */
  private static RememberedPlacement full(List<String> names, int others) {
    Random random = new Random(7);
    List<PlacementEvent> decisions = new ArrayList<>();
    for (int i = 0; i < PlacementHistory.MAX_EVENTS; i++) {
      List<TenantId> victims = new ArrayList<>();
      for (int other = 0; other < others; other++) {
        victims.add(new TenantId(names.get(random.nextInt(names.size()))));
      }
      Figures figures =
          new Figures(
              new Worth(random.nextDouble() * 100, random.nextDouble(), random.nextInt(100_000)),
              random.nextDouble(),
              random.nextDouble());
      decisions.add(
          new PlacementEvent(
              i + 1,
              Instant.ofEpochSecond(1_900_000_000L + i, random.nextInt(1_000_000_000)),
              new Generation(1, i),
              i % 2 == 0 ? Kind.PROMOTED : Kind.EVICTED,
              new TenantId(names.get(random.nextInt(names.size()))),
              "Deployment" + i % 10,
              victims,
              "it was worth 12.34, more than the 5.67 that those it displaced asked for",
              Optional.of(figures)));
    }
    TreeMap<TenantId, Placement> places = new TreeMap<>();
    List<Tenant> tenants = new ArrayList<>();
    for (int i = 0; i < RememberedPlacement.MAX_TENANTS; i++) {
      TenantId tenant = new TenantId(names.get(i));
      places.put(tenant, new Placement("Deployment" + i % 10, i % 100 == 0));
      List<Double> hits = new ArrayList<>();
      for (int halfLife = 0; halfLife < TrafficStatistics.LADDER.size(); halfLife++) {
        hits.add(random.nextDouble() * Math.pow(4, halfLife));
      }
      tenants.add(
          new Tenant(
              tenant,
              hits,
              1,
              new ModelCost(random.nextInt(1_000_000), random.nextInt(1_000_000))));
    }
    int count = TrafficStatistics.LADDER.size();
    RememberedTraffic traffic =
        new RememberedTraffic(
            Instant.EPOCH,
            TrafficStatistics.LADDER,
            count - 1,
            new Scores(new ArrayList<>(tenants.get(0).hits()), 9),
            new Mean(1, 1, 1),
            tenants);
    return new RememberedPlacement(1, decisions, places, traffic);
  }

  @Test
  void aFullMemoryIsWrittenWholeAndSmall() {
    RememberedPlacement full = full(names(100_000, i -> "tenant" + i), 1);
    byte[] written = RememberedJson.write(full);
    assertThat(written.length).isLessThan(3 << 19);
    RememberedPlacement read = RememberedJson.read(written);
    assertThat(read.decisions()).isEqualTo(full.decisions());
    assertThat(read.places()).isEqualTo(full.places());
    assertThat(read.traffic().tenants()).hasSize(RememberedPlacement.MAX_TENANTS);
  }

  /** Names that do not compress, as long as they may be, and many of them in a decision. */
  @Test
  void ofTooMuchTheEldestDecisionsAndTheLeastWorthyTenantsAreLeftOut() {
    RememberedPlacement huge =
        full(names(RememberedPlacement.MAX_TENANTS, RememberedJsonTest::longName), 21);
    byte[] written = RememberedJson.write(huge);
    assertThat(written.length).isLessThanOrEqualTo(RememberedJson.MAX_BYTES);
    RememberedPlacement read = RememberedJson.read(written);
    assertThat(read.places()).isEqualTo(huge.places());
    int decisions = read.decisions().size();
    assertThat(decisions).isBetween(10, PlacementHistory.MAX_EVENTS / 2);
    assertThat(read.decisions().get(decisions - 1).sequence())
        .isEqualTo(PlacementHistory.MAX_EVENTS);
    assertThat(read.decisions().get(0).others()).hasSize(20);
    assertThat(read.traffic().tenants().get(0).tenant())
        .isEqualTo(huge.traffic().tenants().get(0).tenant());
  }

  private static String longName(int number) {
    Random random = new Random(number);
    StringBuilder name = new StringBuilder();
    while (name.length() < TenantId.MAX_LENGTH) {
      name.append(Long.toUnsignedString(random.nextLong(), 36));
    }
    return name.substring(0, TenantId.MAX_LENGTH);
  }
}
