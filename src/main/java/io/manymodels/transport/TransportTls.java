package io.manymodels.transport;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.File;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * TLS between replicas, both sides with the same certificate, which the same authority has signed.
 * Names are not compared: a replica's address is new at each start, and its token is what tells
 * that it is the right one. Immutable.
 */
public final class TransportTls {
  public static final String CERTIFICATE = "MANY_MODELS_TRANSPORT_CERT_FILE";
  public static final String KEY = "MANY_MODELS_TRANSPORT_KEY_FILE";
  public static final String AUTHORITY = "MANY_MODELS_TRANSPORT_CA_FILE";

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
  public static Optional<TransportTls> from(Map<String, String> environment) {
    boolean none =
        !environment.containsKey(CERTIFICATE)
            && !environment.containsKey(KEY)
            && !environment.containsKey(AUTHORITY);
    if (none) {
      return Optional.empty();
    }
    File certificate = file(environment, CERTIFICATE);
    File key = file(environment, KEY);
    File authority = file(environment, AUTHORITY);
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
          CERTIFICATE + ", " + KEY + " and " + AUTHORITY + " do not make a TLS context", e);
    }
  }

  private static File file(Map<String, String> environment, String variable) {
    @Nullable String path = environment.get(variable);
    if (path == null || path.isBlank() || !new File(path).canRead()) {
      throw new IllegalArgumentException(variable + " must name a file that can be read");
    }
    return new File(path);
  }

  SslContext server() {
    return server;
  }

  SslContext client() {
    return client;
  }
}
