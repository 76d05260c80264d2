package io.manymodels.transport;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.tls.TlsFiles;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;

/**
 * TLS between replicas, both sides with the same certificate, which the same authority has signed.
 * Names are not compared: a replica's address is new at each start, and its token is what tells
 * that it is the right one. Immutable.
 */
public final class TransportTls {
  private static final List<Setting> FILES =
      List.of(Setting.TRANSPORT_CERT_FILE, Setting.TRANSPORT_KEY_FILE, Setting.TRANSPORT_CA_FILE);

  private final SslContext server;
  private final SslContext client;

  private TransportTls(SslContext server, SslContext client) {
    this.server = server;
    this.client = client;
  }

  /**
   * From three PEM files that the environment names, the key in PKCS #8; empty when it names none.
   *
   * @throws IllegalArgumentException when one is missing or cannot be used; names the variable
   */
  public static Optional<TransportTls> from(Environment environment) {
    if (FILES.stream().noneMatch(environment::has)) {
      return Optional.empty();
    }
    TlsFiles files =
        TlsFiles.from(
            environment,
            Setting.TRANSPORT_CERT_FILE,
            Setting.TRANSPORT_KEY_FILE,
            Setting.TRANSPORT_CA_FILE,
            true);
    try {
      TlsFiles.Content content = files.read();
      return Optional.of(
          new TransportTls(
              content.server().clientAuth(ClientAuth.REQUIRE).build(),
              content.client().endpointIdentificationAlgorithm(null).build()));
    } catch (SSLException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          FILES.stream().map(Setting::variable).collect(Collectors.joining(", "))
              + " do not make a TLS context: "
              + e.getMessage(),
          e);
    }
  }

  SslContext server() {
    return server;
  }

  SslContext client() {
    return client;
  }
}
