package io.manymodels.tls;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import io.netty.handler.ssl.SslContextBuilder;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The files of a process's identity and of those that it trusts. Immutable; the files may change.
 *
 * @param certificate the chain of the process, its own certificate first
 * @param key of that certificate
 * @param authorities those that sign the other side's certificates
 */
public record TlsFiles(Path certificate, Path key, Optional<Path> authorities) {
  private static final byte[] PROBE = {1, 2, 3};

  /** By the algorithm of the key. */
  private static final Map<String, String> SIGNATURES =
      Map.of(
          "RSA", "SHA256withRSA",
          "EC", "SHA256withECDSA",
          "EdDSA", "EdDSA");

  /**
   * The files that the environment names.
   *
   * @param authorities needed only where {@code mutual}
   * @throws IllegalArgumentException when one is missing; names the variable
   */
  public static TlsFiles from(
      Environment environment,
      Setting certificate,
      Setting key,
      Setting authorities,
      boolean mutual) {
    return new TlsFiles(
        environment.requiredFile(certificate),
        environment.requiredFile(key),
        mutual || environment.has(authorities)
            ? Optional.of(environment.requiredFile(authorities))
            : Optional.empty());
  }

  /** All of them. */
  List<Path> all() {
    List<Path> all = new ArrayList<>(List.of(certificate, key));
    authorities.ifPresent(all::add);
    return List.copyOf(all);
  }

  /** The content of the files at one time. */
  public record Content(
      PrivateKey key, List<X509Certificate> chain, List<X509Certificate> authorities) {
    public Content {
      chain = List.copyOf(chain);
      authorities = List.copyOf(authorities);
    }

    /** A server of this identity, which trusts the authorities if there are any. */
    public SslContextBuilder server() {
      SslContextBuilder builder = SslContextBuilder.forServer(key, chain);
      return authorities.isEmpty() ? builder : builder.trustManager(authorities);
    }

    /** A client of this identity, which trusts the authorities if there are any. */
    public SslContextBuilder client() {
      SslContextBuilder builder = SslContextBuilder.forClient().keyManager(key, chain);
      return authorities.isEmpty() ? builder : builder.trustManager(authorities);
    }

    /** The process's own certificate. */
    X509Certificate own() {
      return chain.get(0);
    }
  }

  /**
   * Reads the files.
   *
   * @throws IllegalArgumentException in one line, when one cannot be read, the key is not that of
   *     the certificate, or the certificate is not valid now
   */
  public Content read() {
    Content content =
        new Content(
            PemFiles.key(key),
            PemFiles.certificates(certificate),
            authorities.map(PemFiles::certificates).orElse(List.of()));
    checkValid(content.own());
    if (!belongTogether(content.key(), content.own())) {
      throw new IllegalArgumentException(
          "the key in " + key + " is not that of the certificate in " + certificate);
    }
    return content;
  }

  private void checkValid(X509Certificate own) {
    try {
      own.checkValidity();
    } catch (CertificateExpiredException e) {
      throw new IllegalArgumentException(
          certificate + " expired on " + own.getNotAfter().toInstant(), e);
    } catch (CertificateNotYetValidException e) {
      throw new IllegalArgumentException(
          certificate + " is not valid before " + own.getNotBefore().toInstant(), e);
    }
  }

  /**
   * Whether what the one signs, the other verifies; true of an algorithm that is not known here.
   */
  private static boolean belongTogether(PrivateKey key, X509Certificate certificate) {
    String algorithm = SIGNATURES.getOrDefault(key.getAlgorithm(), "");
    if (algorithm.isEmpty()) {
      return true;
    }
    try {
      Signature signer = Signature.getInstance(algorithm);
      signer.initSign(key);
      signer.update(PROBE);
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(certificate.getPublicKey());
      verifier.update(PROBE);
      return verifier.verify(signer.sign());
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
