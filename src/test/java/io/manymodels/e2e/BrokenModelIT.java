package io.manymodels.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.e2e.CheckedLoad.Report;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A tenant whose model cannot be loaded fails with 502, alone. */
class BrokenModelIT {
  /** Different in every run: a replica may still hold a tenant of an earlier one. */
  private static final String RUN = Long.toString(System.currentTimeMillis(), 36);

  private final Application application = Application.running();
  private final RegistryFolder registry = application.registry();

  private static String named(String kind) {
    return "it-" + kind + "-" + RUN;
  }

  /** Removes this class's tenants from the registry, and has others take their places. */
  @AfterEach
  void removeTenants() {
    registry.tenants().stream().filter(BrokenModelIT::isOwn).forEach(registry::remove);
    try (CheckedLoad load = CheckedLoad.start(application, 1, Expected.tenants())) {
      Await.until(
          "no tenant of this test is placed",
          Duration.ofSeconds(20),
          () -> application.placed().keySet().stream().noneMatch(BrokenModelIT::isOwn));
      var unused = load.stop();
    }
  }

  private static boolean isOwn(String tenant) {
    return tenant.startsWith("it-");
  }

  /** A way to be broken: a tenant that is published so. */
  record Broken(String tenant, String code, Consumer<RegistryFolder> publish) {
    @Override
    public String toString() {
      return tenant;
    }
  }

  static Stream<Broken> broken() {
    byte[] good = Application.running().registry().artifact("tenant1");
    byte[] flipped = good.clone();
    flipped[flipped.length / 2] ^= 1;
    // Of bytes that nobody has published: those that lie in the node's cache would be served
    // rightly.
    String never = RegistryFolder.sha256("never published".getBytes(UTF_8));
    String checksum = named("checksum");
    return Stream.of(
        loadFails("garbage", "this is no ONNX".getBytes(UTF_8)),
        loadFails("empty", new byte[0]),
        loadFails("cut", Arrays.copyOf(good, good.length / 2)),
        loadFails("operator", resource("/onnx/unknown_operator.onnx")),
        new Broken(
            checksum, "artifact-corrupt", registry -> registry.publish(checksum, flipped, never)));
  }

  private static Broken loadFails(String kind, byte[] model) {
    String tenant = named(kind);
    return new Broken(tenant, "load-failed", registry -> registry.publish(tenant, model));
  }

  private static byte[] resource(String name) {
    try (InputStream in =
        Objects.requireNonNull(BrokenModelIT.class.getResourceAsStream(name), name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("broken")
  void onlyThatTenantFails(Broken broken) {
    broken.publish().accept(registry);

    try (CheckedLoad others = CheckedLoad.start(application, 1, Expected.tenants())) {
      for (int i = 0; i < 5; i++) {
        Answer answer = application.score(broken.tenant(), Expected.row("tenant1", i));
        Problems.check(application, answer, 502, broken.code());
        assertThat(answer.json().path("detail").asText()).contains(broken.tenant());
      }
      Await.until("others are answered", Duration.ofSeconds(20), () -> others.answered() >= 30);
      Report report = others.stop();
      assertThat(report.failed()).isEmpty();
      assertThat(report.wrong()).isEmpty();
    }
    assertThat(application.placed()).doesNotContainKey(broken.tenant());
  }

  @Test
  void aBrokenTenantCannotBePinned() {
    String tenant = named("pinned");
    registry.publish(tenant, "this is no ONNX".getBytes(UTF_8));
    Map<String, String> before = application.dedicated();

    Answer answer = application.replacePool(Map.of(tenant, "deployment9"));

    Problems.check(application, answer, 502, "load-failed");
    assertThat(application.dedicated()).isEqualTo(before);
    assertThat(
            application
                .score("tenant9", Expected.row("tenant9", 0))
                .ok()
                .path("deployment")
                .asText())
        .isEqualTo("Deployment9");
  }

  /** A failed load is remembered for a second at first, so the repair shows soon, not at once. */
  @Test
  void aRepairedTenantIsAnswered() {
    String tenant = named("repaired");
    registry.publish(tenant, Arrays.copyOf(registry.artifact("tenant1"), 100));
    assertThat(application.score(tenant, Expected.row("tenant1", 0)).status()).isEqualTo(502);

    registry.publish(tenant, registry.artifact("tenant1"));

    Await.untilAsserted(
        Duration.ofSeconds(15),
        () ->
            assertThat(application.score(tenant, Expected.row("tenant1", 0)).status())
                .isEqualTo(200));
  }

  @Test
  void aTenantIsServedOnceItIsPublished() {
    String tenant = named("new");
    var row = Expected.row("tenant21", 3);
    Problems.check(application, application.score(tenant, row), 404, "model-not-found");

    registry.publish(tenant, registry.artifact("tenant21"));

    Await.untilAsserted(
        Duration.ofSeconds(15),
        () -> assertThat(application.score(tenant, row).status()).isEqualTo(200));
    var answer = application.score(tenant, row).ok();
    assertThat(answer.path("model").asText()).isEqualTo(tenant);
    assertThat(answer.path("prediction").get(0))
        .isEqualTo(Expected.tenant("tenant21").path("predictions").get(3));
  }
}
