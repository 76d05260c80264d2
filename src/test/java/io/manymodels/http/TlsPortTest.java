package io.manymodels.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.LogLines;
import io.manymodels.testing.ReplacedCertificates;
import io.manymodels.testing.TlsClients;
import io.manymodels.tls.ServerTls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The direct port with TLS, before the clients of the JDK. */
class TlsPortTest extends DirectFixture {
  @TempDir private static Path folder;
  private static ReplacedCertificates certificates;
  private static Optional<ServerTls> tls = Optional.empty();

  private SSLContext trusting;

  @BeforeAll
  static void makeCertificates() throws Exception {
    certificates = ReplacedCertificates.make(folder);
  }

  @Override
  Duration receipt() {
    return Duration.ofSeconds(2);
  }

  @Override
  Optional<ServerTls> tls() {
    Environment environment =
        Environment.empty()
            .with(Setting.TLS_CERT_FILE, certificates.file("server.pem"))
            .with(Setting.TLS_KEY_FILE, certificates.file("server.key"));
    tls = ServerTls.from(environment, Duration.ofMillis(10));
    return tls;
  }

  @BeforeEach
  void trustBoth() throws Exception {
    trusting = TlsClients.trusting(certificates.authorities());
  }

  @AfterEach
  void closeTls() throws Exception {
    tls.ifPresent(ServerTls::close);
    certificates.replaceBy(0);
  }

  private HttpClient client(Version version) {
    return HttpClient.newBuilder().sslContext(trusting).version(version).build();
  }

  private HttpRequest score() {
    return HttpRequest.newBuilder(URI.create("https://localhost:" + ingress.port() + "/score"))
        .timeout(Duration.ofSeconds(20))
        .POST(BodyPublishers.ofString(ROWS))
        .build();
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void bothProtocolsAreAnsweredAlike(Version version) throws Exception {
    HttpClient client = client(version);
    for (int i = 0; i < 3; i++) {
      var answer = client.send(score(), BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.version()).isEqualTo(version);
      assertThat(answer.body()).contains("\"model\":\"tenant01\"");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void bothVersionsOfTlsAreSpoken(String version) throws Exception {
    try (SSLSocket socket = connect()) {
      socket.setEnabledProtocols(new String[] {version});
      socket.startHandshake();
      assertThat(socket.getSession().getProtocol()).isEqualTo(version);
    }
  }

  private SSLSocket connect() throws IOException {
    return (SSLSocket) trusting.getSocketFactory().createSocket("localhost", ingress.port());
  }

  @Test
  void aNewCertificateIsTakenWithoutAFailedRequest() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    ConcurrentLinkedQueue<Integer> answered = new ConcurrentLinkedQueue<>();
    HttpClient keeps = client(Version.HTTP_2);
    List<CompletableFuture<Void>> loads = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      boolean anew = i == 0;
      loads.add(
          CompletableFuture.runAsync(
              () -> {
                while (!over.get()) {
                  HttpClient client = anew ? client(Version.HTTP_1_1) : keeps;
                  try {
                    answered.add(client.send(score(), BodyHandlers.discarding()).statusCode());
                  } catch (IOException | InterruptedException e) {
                    failures.add(e.toString());
                  }
                }
              }));
    }
    try (LogLines log = LogLines.of(ServerTls.class, "is in force")) {
      for (int generation : new int[] {1, 0, 1}) {
        int before = log.messages().size();
        int answers = answered.size();
        certificates.replaceBy(generation);
        Eventually.holds("it is in force", () -> log.messages().size() > before);
        assertThat(peerCertificate())
            .isEqualTo(TlsClients.certificate(certificates.generation(generation).certificate()));
        Eventually.holds("it goes on", () -> answered.size() > answers + 20);
      }
    } finally {
      over.set(true);
      loads.forEach(CompletableFuture::join);
    }
    assertThat(failures).isEmpty();
    assertThat(answered).hasSizeGreaterThan(60).containsOnly(200);
  }

  private Object peerCertificate() throws IOException {
    try (SSLSocket socket = connect()) {
      socket.startHandshake();
      return socket.getSession().getPeerCertificates()[0];
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\u0016\u0003\u0001\u0002\u0000\u0001"})
  void aHalfOpenHandshakeIsGivenUp(String beginning) throws IOException {
    try (Client client = new Client()) {
      client.write(beginning);
      assertThat(client.isClosed()).isTrue();
    }
    Eventually.holds("it is gone", () -> ingress.connections().isEmpty());
  }

  @Test
  void whatIsNotTlsIsClosedAndLoggedInALine() throws IOException {
    try (LogLines log = LogLines.of(DirectIngress.class, "connection of")) {
      try (Client client = new Client()) {
        client.write(post("/score", ROWS));
        byte[] alert = client.socket.getInputStream().readAllBytes();
        assertThat(alert).as("an alert of TLS").hasSizeLessThan(10);
      }
      Eventually.holds("it is logged", () -> !log.messages().isEmpty());
      assertThat(log.messages()).singleElement().asString().contains("not an SSL/TLS record");
      assertThat(log.hasStackTrace()).isFalse();
    }
  }
}
