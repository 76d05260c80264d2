package io.manymodels.testing;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** What clients by the JDK need for TLS, from files in PEM. Stateless. */
public final class TlsClients {
  private static final char[] PASSWORD = {'x'};

  private TlsClients() {}

  /** Trusts these authorities, and has no certificate. */
  public static SSLContext trusting(List<Path> authorities) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust(authorities).getTrustManagers(), null);
    return context;
  }

  /** Trusts these authorities, and has the certificate. */
  public static SSLContext identified(List<Path> authorities, TestCertificates own)
      throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    Certificate[] chain = {certificate(own.certificate()), certificate(own.authority())};
    keys.setKeyEntry("own", key(own.key()), PASSWORD, chain);
    KeyManagerFactory identity =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    identity.init(keys, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(identity.getKeyManagers(), trust(authorities).getTrustManagers(), null);
    return context;
  }

  private static TrustManagerFactory trust(List<Path> authorities) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    for (Path authority : authorities) {
      trusted.setCertificateEntry("authority-" + trusted.size(), certificate(authority));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    return trust;
  }

  /** The first certificate of a file. */
  public static Certificate certificate(Path pem) throws Exception {
    try (InputStream in = Files.newInputStream(pem)) {
      return CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private static PrivateKey key(Path pem) throws Exception {
    String base64 = Files.readString(pem).replaceAll("-----[A-Z ]+-----", "");
    return KeyFactory.getInstance("EC")
        .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64)));
  }
}
