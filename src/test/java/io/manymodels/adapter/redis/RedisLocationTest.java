package io.manymodels.adapter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.artifact.ArtifactStoreProvider;
import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.placement.PlacementStoreProvider;
import io.manymodels.registry.ModelEventsProvider;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedisLocationTest {

  @Test
  void allDefaults() {
    RedisLocation plain = RedisLocation.of(URI.create("redis://host"));
    assertThat(plain)
        .isEqualTo(
            new RedisLocation(
                "host",
                6379,
                0,
                false,
                new RedisLocation.Options(
                    "many-models:",
                    Optional.empty(),
                    Optional.empty(),
                    64L << 20,
                    new RedisLocation.Waits(250, 1_000))));
    assertThat(RedisLocation.of(URI.create("redis://host/?"))).isEqualTo(plain);
    assertThat(RedisLocation.of(URI.create("rediss://host/")).port()).isEqualTo(6380);
    assertThat(RedisLocation.of(URI.create("rediss://host/")).tls()).isTrue();
  }

  @Test
  void everythingSet() {
    assertThat(
            RedisLocation.of(
                URI.create(
                    "rediss://[::1]:7000/15?prefix=a-b.c_d:&ca=/srv/a%20b+c.pem&ttl_h=24&max_mib=512"
                        + "&connect_ms=500&timeout_ms=2000")))
        .isEqualTo(
            new RedisLocation(
                "::1",
                7000,
                15,
                true,
                new RedisLocation.Options(
                    "a-b.c_d:",
                    Optional.of(Path.of("/srv/a b+c.pem")),
                    Optional.of(Duration.ofHours(24)),
                    512L << 20,
                    new RedisLocation.Waits(500, 2_000))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          http://h | expected redis://host:6379/0 or rediss://host:6380/0, got scheme 'http'
          redis:h  | expected redis://host:6379/0?prefix=.., got redis:h
          redis://a_b:1 | expected redis://host:6379/0?prefix=.., got redis://a_b:1
          redis://h#x | expected redis://host:6379/0?prefix=.., got redis://h#x
          redis://h:0 | port: expected 1..65535, got 0
          redis://h:65536 | port: expected 1..65535, got 65536
          redis://h/16 | database: expected 0..15 after the host, as redis://host:6379/0, got '/16'
          redis://h/a | database: expected 0..15 after the host, as redis://host:6379/0, got '/a'
          redis://h?x=1 | unknown option 'x', expected [ca, connect_ms, max_mib, prefix, timeout_ms, ttl_h]
          redis://h?ttl_h | ttl_h: expected 1..87600, got ''
          redis://h?ttl_h=0 | ttl_h: expected 1..87600, got '0'
          redis://h?ttl_h=-1 | ttl_h: expected 1..87600, got '-1'
          redis://h?ttl_h=1&ttl_h=2 | ttl_h: given twice
          redis://h?max_mib=513 | max_mib: expected 1..512, got '513'
          redis://h?prefix=a%20b | prefix: expected 0..64 characters of A-Z a-z 0-9 . _ : -, got 'a b'
          redis://h?ca=/a.pem | ca: only for rediss://, which uses TLS
          rediss://h?ca= | ca: is empty
          """)
  void whatIsWrongIsNamed(String uri, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisLocation.of(URI.create(uri)))
        .withMessage(message);
  }

  @ParameterizedTest
  @CsvSource({
    "redis://user:s3cret@h",
    "redis://:s3cret@h:1/99?x=y",
    "redis://s3cret@a_b",
    "rediss://s3cret@h#x"
  })
  void aSecretInTheUriIsRefusedAndNotRepeated(String uri) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisLocation.of(URI.create(uri)))
        .withMessage(
            "a Redis URI holds no user and password; they are taken from MANY_MODELS_REDIS_USERNAME"
                + " and MANY_MODELS_REDIS_PASSWORD or MANY_MODELS_REDIS_PASSWORD_FILE");
  }

  @Test
  void contradictingVariablesAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                EnvironmentLogin.of(
                    Environment.of(
                        Map.of(
                            "MANY_MODELS_REDIS_PASSWORD",
                            "a",
                            "MANY_MODELS_REDIS_PASSWORD_FILE",
                            "b"))))
        .withMessage("set MANY_MODELS_REDIS_PASSWORD or MANY_MODELS_REDIS_PASSWORD_FILE, not both");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> EnvironmentLogin.of(Environment.empty().with(Setting.REDIS_USERNAME, "a")))
        .withMessage(
            "MANY_MODELS_REDIS_USERNAME needs a MANY_MODELS_REDIS_PASSWORD or"
                + " MANY_MODELS_REDIS_PASSWORD_FILE");
    assertThat(EnvironmentLogin.of(Environment.empty())).isEmpty();
    assertThat(
            EnvironmentLogin.of(Environment.empty().with(Setting.REDIS_PASSWORD, "s3cret"))
                .orElseThrow())
        .asString()
        .doesNotContain("s3cret");
  }

  @Test
  void aFileThatHoldsNoCertificateIsRefused(@TempDir Path folder) throws Exception {
    Path empty = Files.writeString(folder.resolve("ca.pem"), "");
    Path broken = Files.writeString(folder.resolve("broken.pem"), "-----BEGIN CERTIFICATE-----\nx");
    for (Path file : new Path[] {empty, broken, folder.resolve("missing.pem")}) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> RedisEndpoint.of(URI.create("rediss://h?ca=" + file), Environment.empty()))
          .withMessageStartingWith("ca: " + file);
    }
  }

  @ParameterizedTest
  @CsvSource({"redis", "rediss"})
  void thePortsAreFoundByTheirSchemeAndOpenedWithoutACall(String scheme) {
    URI nowhere = URI.create(scheme + "://nowhere.invalid");
    assertThatCode(
            () -> {
              provider(ArtifactStoreProvider.class, p -> p.scheme().equals(scheme))
                  .open(nowhere)
                  .close();
              provider(PlacementStoreProvider.class, p -> p.scheme().equals(scheme))
                  .open(nowhere)
                  .close();
              provider(ModelEventsProvider.class, p -> p.scheme().equals(scheme))
                  .open(nowhere)
                  .close();
            })
        .doesNotThrowAnyException();
  }

  private static <P> P provider(Class<P> port, Predicate<P> wanted) {
    return ServiceLoader.load(port).stream()
        .map(ServiceLoader.Provider::get)
        .filter(wanted)
        .findFirst()
        .orElseThrow();
  }
}
