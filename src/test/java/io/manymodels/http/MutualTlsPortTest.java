package io.manymodels.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.testing.LogLines;
import io.manymodels.testing.TestCertificates;
import io.manymodels.testing.TlsClients;
import io.manymodels.tls.ServerTls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The direct port, which lets only clients with a certificate of its authority in. */
class MutualTlsPortTest extends DirectFixture {
  @TempDir private static Path folder;

  /** The port's own, that of a client, and that of a client of another authority. */
  private static final List<TestCertificates> CERTIFICATES = new ArrayList<>();

  private static Optional<ServerTls> tls = Optional.empty();

  @BeforeAll
  static void makeCertificates() throws Exception {
    for (String name : List.of("server", "client", "stranger")) {
      Path each = Files.createDirectory(folder.resolve(name));
      CERTIFICATES.add(TestCertificates.make(each, "localhost"));
    }
  }

  @Override
  Optional<ServerTls> tls() {
    TestCertificates own = CERTIFICATES.get(0);
    tls =
        ServerTls.from(
            Environment.empty()
                .with(Setting.TLS_CERT_FILE, own.certificate().toString())
                .with(Setting.TLS_KEY_FILE, own.key().toString())
                .with(Setting.TLS_CLIENT_CA_FILE, CERTIFICATES.get(1).authority().toString()));
    return tls;
  }

  @AfterEach
  void closeTls() {
    tls.ifPresent(ServerTls::close);
  }

  private int score(SSLContext context) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("https://localhost:" + ingress.port() + "/score"))
            .timeout(Duration.ofSeconds(20))
            .POST(BodyPublishers.ofString(ROWS))
            .build();
    HttpClient client = HttpClient.newBuilder().sslContext(context).build();
    return client.send(request, BodyHandlers.discarding()).statusCode();
  }

  @Test
  void onlyWhoHasACertificateOfTheAuthorityIsAnswered() throws Exception {
    List<Path> servers = List.of(CERTIFICATES.get(0).authority());
    SSLContext known = TlsClients.identified(servers, CERTIFICATES.get(1));
    assertThat(score(known)).isEqualTo(200);
    try (LogLines log = LogLines.of(DirectIngress.class, "connection of")) {
      SSLContext stranger = TlsClients.identified(servers, CERTIFICATES.get(2));
      assertThatThrownBy(() -> score(stranger)).isInstanceOf(IOException.class);
      SSLContext nobody = TlsClients.trusting(servers);
      assertThatThrownBy(() -> score(nobody)).isInstanceOf(IOException.class);
      assertThat(log.hasStackTrace()).isFalse();
    }
    assertThat(score(known)).isEqualTo(200);
  }
}
