package io.manymodels.transport;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.File;
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
    File certificate = environment.requiredFile(Setting.TRANSPORT_CERT_FILE).toFile();
    File key = environment.requiredFile(Setting.TRANSPORT_KEY_FILE).toFile();
    File authority = environment.requiredFile(Setting.TRANSPORT_CA_FILE).toFile();
    try {
      return Optional.of(
          new TransportTls(
              SslContextBuilder.forServer(certificate, key)
                  .trustManager(authority)
                  .clientAuth(ClientAuth.REQUIRE)
                  .build(),
              SslContextBuilder.forClient()
                  .keyManager(certificate, key)
                  .trustManager(authority)
                  .endpointIdentificationAlgorithm(null)
                  .build()));
    } catch (SSLException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          FILES.stream().map(Setting::variable).collect(Collectors.joining(", "))
              + " do not make a TLS context",
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
