package io.manymodels.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.LogLines;
import io.manymodels.testing.TestCertificates;
import io.netty.buffer.ByteBufAllocator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerTlsTest {
  private static final Duration OFTEN = Duration.ofMillis(10);

  @TempDir private Path folder;
  private TestCertificates first;
  private @Nullable ServerTls tls;

  @BeforeEach
  void makeCertificates() throws Exception {
    first = TestCertificates.make(Files.createDirectory(folder.resolve("first")), "localhost");
  }

  @AfterEach
  void close() {
    if (tls != null) {
      tls.close();
    }
  }

  private static Environment environment(Path certificate, Path key) {
    return Environment.empty()
        .with(Setting.TLS_CERT_FILE, certificate.toString())
        .with(Setting.TLS_KEY_FILE, key.toString());
  }

  private ServerTls start(Environment environment) {
    ServerTls started = ServerTls.from(environment, OFTEN).orElseThrow();
    tls = started;
    return started;
  }

  @Test
  void thereIsNoneWithoutFiles() {
    assertThat(ServerTls.from(Environment.empty())).isEqualTo(Optional.empty());
  }

  @Test
  void aFileThatIsMissingIsNamedByItsVariable() {
    Environment one =
        Environment.empty().with(Setting.TLS_CERT_FILE, first.certificate().toString());
    assertThatThrownBy(() -> ServerTls.from(one))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("MANY_MODELS_TLS_KEY_FILE");
    assertThatThrownBy(() -> ServerTls.from(environment(folder.resolve("none"), first.key())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("MANY_MODELS_TLS_CERT_FILE");
  }

  @Test
  void aKeyOfAnotherFormIsToldHowToBecomeRight() throws Exception {
    Path key = folder.resolve("old.key");
    Files.writeString(key, Files.readString(first.key()).replace("PRIVATE KEY", "RSA PRIVATE KEY"));
    assertThatThrownBy(() -> ServerTls.from(environment(first.certificate(), key)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a key of the form RSA PRIVATE KEY; expected one in PKCS #8")
        .hasMessageContaining("openssl pkcs8 -topk8");
  }

  @Test
  void aKeyOfAnotherCertificateIsRefused() throws Exception {
    TestCertificates other =
        TestCertificates.make(Files.createDirectory(folder.resolve("other")), "localhost");
    assertThatThrownBy(() -> ServerTls.from(environment(first.certificate(), other.key())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not that of the certificate");
  }

  /** As Kubernetes does: three files behind links, which change all at once. */
  @Test
  void aSecretThatIsReplacedIsTakenAndABrokenOneIsNot() throws Exception {
    TestCertificates second =
        TestCertificates.make(Files.createDirectory(folder.resolve("second")), "localhost");
    Path broken = Files.createDirectory(folder.resolve("broken"));
    Files.copy(second.certificate(), broken.resolve("server.pem"));
    Files.copy(first.key(), broken.resolve("server.key"));
    Path data = folder.resolve("data");
    Files.createSymbolicLink(data, folder.resolve("first"));
    ServerTls started = start(environment(data.resolve("server.pem"), data.resolve("server.key")));
    Object before = started.context().sessionContext();
    try (LogLines log = LogLines.of(ServerTls.class, "force")) {
      pointTo(data, broken);
      Eventually.holds("it is refused", () -> log.messages().size() == 1);
      assertThat(log.messages().get(0))
          .startsWith("the new TLS files are not in force, the old ones stay: the key in ");
      assertThat(log.hasStackTrace()).isFalse();
      assertThat(started.context().sessionContext()).isSameAs(before);
      pointTo(data, folder.resolve("second"));
      Eventually.holds("it is taken", () -> log.messages().size() == 2);
      assertThat(log.messages().get(1)).contains("is in force, until");
      assertThat(started.context().sessionContext()).isNotSameAs(before);
    }
  }

  private void pointTo(Path link, Path target) throws Exception {
    Path next = Files.createSymbolicLink(folder.resolve("next"), target);
    Files.move(next, link, StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void onlyNewVersionsAndBothProtocolsAreOffered() {
    ServerTls started = start(environment(first.certificate(), first.key()));
    var engine = started.context().newEngine(ByteBufAllocator.DEFAULT);
    assertThat(engine.getEnabledProtocols()).containsExactlyInAnyOrder("TLSv1.3", "TLSv1.2");
    assertThat(engine.getEnabledCipherSuites())
        .isNotEmpty()
        .noneMatch(name -> name.contains("CBC"));
    assertThat(engine.getNeedClientAuth()).isFalse();
    assertThat(started.context().isServer()).isTrue();
    close();
    started =
        start(
            environment(first.certificate(), first.key())
                .with(Setting.TLS_CLIENT_CA_FILE, first.authority().toString()));
    assertThat(started.context().newEngine(ByteBufAllocator.DEFAULT).getNeedClientAuth()).isTrue();
  }
}
