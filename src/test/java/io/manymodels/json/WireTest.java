package io.manymodels.json;

import static io.manymodels.testing.Tenants.tenant;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the wire between replicas makes of identifiers, and of what is missing. */
class WireTest {

  private record Identifiers(
      TenantId tenant,
      ModelVersion version,
      Generation generation,
      ArtifactDigest digest,
      ErrorCode code,
      Instant at,
      SortedMap<TenantId, ModelVersion> byTenant) {}

  private record Defaults(
      int number,
      double share,
      boolean flag,
      List<TenantId> list,
      SortedMap<TenantId, String> map,
      Optional<ErrorCode> code) {}

  record Required(TenantId tenant) {
    Required {
      Objects.requireNonNull(tenant, "key 'tenant': missing");
    }
  }

  private record Timed(Deadline deadline) {}

  private static <T> T read(String json, Class<T> type) {
    return Wire.read(json.getBytes(UTF_8), type);
  }

  @Test
  void anIdentifierIsOneValue() {
    Identifiers all =
        new Identifiers(
            tenant(1),
            new ModelVersion(7),
            new Generation(3, 41),
            new ArtifactDigest("ab".repeat(32)),
            ErrorCode.LOAD_FAILED,
            Instant.parse("2030-01-31T12:00:00Z"),
            new TreeMap<>(Map.of(tenant(2), new ModelVersion(8))));
    String json = new String(Wire.bytes(all), UTF_8);
    assertThat(json)
        .isEqualTo(
            "{\"tenant\":\"tenant01\",\"version\":7,\"generation\":\"3.41\",\"digest\":\""
                + "ab".repeat(32)
                + "\",\"code\":\"load-failed\",\"at\":\"2030-01-31T12:00:00Z\","
                + "\"by_tenant\":{\"tenant02\":8}}");
    assertThat(read(json, Identifiers.class)).isEqualTo(all);
  }

  @Test
  void whatIsMissingIsNothing() {
    Defaults nothing = new Defaults(0, 0, false, List.of(), new TreeMap<>(), Optional.empty());
    assertThat(read("{}", Defaults.class)).isEqualTo(nothing);
    assertThat(read("{\"list\":null,\"map\":null,\"code\":null,\"new\":[1]}", Defaults.class))
        .isEqualTo(nothing);
  }

  @Test
  void anUnknownErrorIsSomeError() {
    assertThat(read("{\"code\":\"coffee-is-out\"}", Defaults.class).code())
        .contains(ErrorCode.INTERNAL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"tenant\":null}",
        "{\"tenant\":7}",
        "{\"tenant\":\"../etc\"}",
        "{\"tenant\":\"a\"}{}",
        "{\"tenant\":\"a\",\"tenant\":\"b\"}"
      })
  void whatCannotBeMeantIsRefused(String json) {
    assertThatIllegalArgumentException().isThrownBy(() -> read(json, Required.class));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"version\":0}",
        "{\"version\":\"7\"}",
        "{\"version\":1.5}",
        "{\"generation\":\"3\"}",
        "{\"generation\":\"3.x\"}",
        "{\"generation\":3.41}",
        "{\"digest\":\"ab\"}",
        "{\"at\":\"noon\"}",
        "{\"by_tenant\":{\"../etc\":1}}"
      })
  void anIdentifierThatIsNoneIsRefused(String json) {
    assertThatIllegalArgumentException().isThrownBy(() -> read(json, Identifiers.class));
  }

  @Test
  void aDeadlineTravelsAsWhatIsLeft() {
    Deadline deadline = read("{\"deadline\":60000}", Timed.class).deadline();
    assertThat(deadline.remaining()).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(60));
    assertThat(read("{\"deadline\":0}", Timed.class).deadline().passed()).isTrue();
    assertThat(read("{\"deadline\":" + Long.MAX_VALUE + "}", Timed.class).deadline().remaining())
        .isLessThanOrEqualTo(Duration.ofDays(1));
    Deadline passed = Deadline.after(Duration.ofSeconds(-1), Ticker.SYSTEM);
    assertThat(new String(Wire.bytes(new Timed(passed)), UTF_8)).isEqualTo("{\"deadline\":0}");
  }
}
