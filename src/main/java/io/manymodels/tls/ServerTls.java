package io.manymodels.tls;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.manymodels.files.FileWatch;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;

/**
 * TLS 1.2 and 1.3 of the ports for clients, by files that are watched: cert-manager and Kubernetes
 * replace them while the process runs. A new connection gets the newest certificate; files that
 * cannot be used are refused and logged, and what was in force stays. With authorities, only
 * clients with a certificate of theirs are let in. ALPN offers h2 and http/1.1. Thread-safe.
 */
public final class ServerTls implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ServerTls.class.getName());
  private static final List<Setting> SETTINGS =
      List.of(Setting.TLS_CERT_FILE, Setting.TLS_KEY_FILE, Setting.TLS_CLIENT_CA_FILE);

  private final TlsFiles files;
  private final NewestSslContext context;
  private final FileWatch watch;

  private ServerTls(TlsFiles files, FileWatch.States read, SslContext first, Duration period) {
    this.files = files;
    this.context = new NewestSslContext(first);
    this.watch = FileWatch.start("tls-watch", files.all(), read, period, this::renew);
  }

  /**
   * By the files that the environment names; empty when it names none.
   *
   * @throws IllegalArgumentException in one line, when one is missing or cannot be used
   */
  public static Optional<ServerTls> from(Environment environment) {
    return from(environment, Duration.ofSeconds(1));
  }

  /** As {@link #from(Environment)}, but looks at the files once in {@code period}. */
  public static Optional<ServerTls> from(Environment environment, Duration period) {
    if (SETTINGS.stream().noneMatch(environment::has)) {
      return Optional.empty();
    }
    TlsFiles files =
        TlsFiles.from(
            environment,
            Setting.TLS_CERT_FILE,
            Setting.TLS_KEY_FILE,
            Setting.TLS_CLIENT_CA_FILE,
            false);
    FileWatch.States read = FileWatch.States.of(files.all());
    return Optional.of(new ServerTls(files, read, context(files.read()), period));
  }

  /** What makes the engine of each connection; never changes itself, only what it makes. */
  public SslContext context() {
    return context;
  }

  private void renew() {
    try {
      TlsFiles.Content content = files.read();
      context.replace(context(content));
      LOG.log(
          System.Logger.Level.INFO,
          "the certificate in {0} is in force, until {1}",
          files.certificate(),
          content.own().getNotAfter().toInstant());
    } catch (IllegalArgumentException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "the new TLS files are not in force, the old ones stay: {0}",
          e.getMessage());
    }
  }

  private static SslContext context(TlsFiles.Content content) {
    try {
      return content
          .server()
          .sslProvider(SslProvider.JDK)
          .protocols("TLSv1.3", "TLSv1.2")
          .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
          .clientAuth(content.authorities().isEmpty() ? ClientAuth.NONE : ClientAuth.REQUIRE)
          .applicationProtocolConfig(
              new ApplicationProtocolConfig(
                  Protocol.ALPN,
                  SelectorFailureBehavior.NO_ADVERTISE,
                  SelectedListenerFailureBehavior.ACCEPT,
                  ApplicationProtocolNames.HTTP_2,
                  ApplicationProtocolNames.HTTP_1_1))
          .build();
    } catch (SSLException e) {
      throw new IllegalArgumentException("the files do not make a TLS context: " + e, e);
    }
  }

  /** Stops looking at the files. */
  @Override
  public void close() {
    watch.close();
  }
}
