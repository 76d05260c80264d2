package io.manymodels.json;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.manymodels.json.RememberedTrafficJson.Traffic;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.placement.Placement;
import io.manymodels.placement.PlacementDecision.Figures;
import io.manymodels.placement.PlacementEvent;
import io.manymodels.placement.PlacementEvent.Kind;
import io.manymodels.placement.RememberedPlacement;
import io.manymodels.stats.RememberedTraffic;
import io.manymodels.stats.Worth;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * What the placement store remembers beside the state, as gzipped JSON of at most {@value
 * #MAX_BYTES} bytes. Later versions read it as well; earlier ones ignore the keys and skip the
 * kinds of decisions that they do not know. Traffic is kept to four digits, and of the tenants that
 * a decision was about beside its own the first {@value #MAX_OTHERS}. Stateless.
 */
public final class RememberedJson {
  /** Of the document as {@link #write} makes it. */
  public static final int MAX_BYTES = 4 << 20;

  private static final int MAX_JSON_BYTES = 32 << 20;
  private static final int MAX_OTHERS = 20;

  /** Another one could not be read by this version. */
  private static final int FORMAT = 1;

  private RememberedJson() {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Document(
      int format,
      long numberedSince,
      List<Decision> decisions,
      SortedMap<String, String> dynamic,
      SortedMap<String, String> pinned,
      @Nullable Traffic traffic) {
    Document {
      if (format != FORMAT) {
        throw new IllegalArgumentException("key 'format': expected " + FORMAT + ", got " + format);
      }
      require("numbered_since", numberedSince >= 0);
      require("decisions", decisions != null && decisions.stream().allMatch(each -> each != null));
      require("dynamic", dynamic != null && dynamic.values().stream().allMatch(n -> n != null));
      require("pinned", pinned != null && pinned.values().stream().allMatch(n -> n != null));
    }
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Decision(
      long sequence,
      String at,
      String generation,
      String kind,
      String tenant,
      String deployment,
      List<String> others,
      String reason,
      @Nullable Compared figures) {
    Decision {
      require("at", at != null);
      require("generation", generation != null);
      require("kind", kind != null);
      require("tenant", tenant != null);
      require("deployment", deployment != null);
      require("others", others != null && others.stream().allMatch(name -> name != null));
      require("reason", reason != null);
    }
  }

  /** Without a bar where nothing that may leave was enough: JSON has no infinity. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Compared(
      double hits, double cost, long weightBytes, double victimsBenefit, @Nullable Double bar) {}

  static void require(String key, boolean there) {
    if (!there) {
      throw new IllegalArgumentException("key '" + key + "': missing, or wrong");
    }
  }

  /** The document; without the elder decisions and less worthy tenants if it were too large. */
  public static byte[] write(RememberedPlacement placement) {
    RememberedPlacement written = placement;
    while (true) {
      byte[] json = json(written);
      byte[] compressed = json.length > MAX_JSON_BYTES ? json : compressed(json);
      if (compressed.length <= MAX_BYTES) {
        return compressed;
      }
      written = half(written);
    }
  }

  private static byte[] json(RememberedPlacement placement) {
    SortedMap<String, String> dynamic = new TreeMap<>();
    SortedMap<String, String> pinned = new TreeMap<>();
    placement
        .places()
        .forEach(
            (tenant, place) ->
                (place.pinned() ? pinned : dynamic).put(tenant.value(), place.deployment()));
    RememberedTraffic traffic = placement.traffic();
    Document document =
        new Document(
            FORMAT,
            placement.numberedSince(),
            placement.decisions().stream().map(RememberedJson::decision).toList(),
            dynamic,
            pinned,
            traffic.isEmpty() ? null : Traffic.of(traffic));
    try {
      return Json.mapper().writeValueAsBytes(document);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write what is remembered", e);
    }
  }

  /** A tenth larger than by default, in a quarter of the time. */
  private static final class Quickly extends GZIPOutputStream {
    private Quickly(OutputStream out) throws IOException {
      super(out);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  private static byte[] compressed(byte[] json) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new Quickly(bytes)) {
      gzip.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Fewer places only when nothing else is left; there are not so many of them. */
  private static RememberedPlacement half(RememberedPlacement of) {
    List<PlacementEvent> decisions = of.decisions();
    RememberedTraffic traffic = of.traffic();
    boolean placesOnly = decisions.isEmpty() && traffic.tenants().isEmpty();
    SortedMap<TenantId, Placement> places = new TreeMap<>();
    of.places().entrySet().stream()
        .limit(placesOnly ? of.places().size() / 2 : of.places().size())
        .forEach(place -> places.put(place.getKey(), place.getValue()));
    return new RememberedPlacement(
        of.numberedSince(),
        decisions.subList(decisions.size() - decisions.size() / 2, decisions.size()),
        places,
        traffic.first(traffic.tenants().size() / 2));
  }

  /**
   * Reads a document that {@link #write} made.
   *
   * @throws IllegalArgumentException with one line, when it is something else or damaged
   */
  public static RememberedPlacement read(byte[] compressed) {
    byte[] json;
    try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
      json = gzip.readNBytes(MAX_JSON_BYTES + 1);
    } catch (IOException e) {
      throw new IllegalArgumentException("not gzip, or cut off", e);
    }
    if (json.length > MAX_JSON_BYTES) {
      throw new IllegalArgumentException("more than " + MAX_JSON_BYTES + " bytes of JSON");
    }
    Document read = Json.read(ByteBuffer.wrap(json), Document.class);
    SortedMap<TenantId, Placement> places = new TreeMap<>();
    read.dynamic().forEach((name, where) -> places.put(tenant(name), new Placement(where, false)));
    read.pinned().forEach((name, where) -> places.put(tenant(name), new Placement(where, true)));
    return new RememberedPlacement(
        read.numberedSince(),
        read.decisions().stream().flatMap(RememberedJson::event).toList(),
        places,
        read.traffic() == null ? RememberedTraffic.NOTHING : read.traffic().toTraffic());
  }

  private static TenantId tenant(String name) {
    return new TenantId(name);
  }

  private static Decision decision(PlacementEvent of) {
    return new Decision(
        of.sequence(),
        of.at().toString(),
        of.generation().toString(),
        of.kind().name(),
        of.tenant().value(),
        of.deployment(),
        of.others().stream().limit(MAX_OTHERS).map(TenantId::value).toList(),
        of.reason(),
        of.figures().map(RememberedJson::compared).orElse(null));
  }

  private static Compared compared(Figures of) {
    return new Compared(
        of.worth().hits(),
        of.worth().cost(),
        of.worth().weightBytes(),
        of.victimsBenefit(),
        Double.isFinite(of.bar()) ? of.bar() : null);
  }

  /** Nothing for a kind that only a later version knows. */
  private static Stream<PlacementEvent> event(Decision of) {
    return Arrays.stream(Kind.values())
        .filter(kind -> kind.name().equals(of.kind()))
        .map(
            kind ->
                new PlacementEvent(
                    of.sequence(),
                    instant(of.at()),
                    Generation.parse(of.generation()),
                    kind,
                    tenant(of.tenant()),
                    of.deployment(),
                    of.others().stream().map(RememberedJson::tenant).toList(),
                    of.reason(),
                    Optional.ofNullable(of.figures()).map(RememberedJson::figures)));
  }

  private static Figures figures(Compared of) {
    return new Figures(
        new Worth(of.hits(), of.cost(), of.weightBytes()),
        of.victimsBenefit(),
        of.bar() == null ? Double.POSITIVE_INFINITY : of.bar());
  }

  static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("expected an instant as 2026-11-23T00:00:00Z", e);
    }
  }
}
