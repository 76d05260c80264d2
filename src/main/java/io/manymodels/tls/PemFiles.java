package io.manymodels.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Certificates and keys in PEM (RFC 7468). Stateless. */
final class PemFiles {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");

  private static final Pattern OTHER_KEY = Pattern.compile("-----BEGIN ([A-Z ]*PRIVATE KEY)-----");
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");
  private static final long MAX_BYTES = 1 << 20;

  private PemFiles() {}

  /**
   * The certificates of a file, in their order; at least one.
   *
   * @throws IllegalArgumentException in one line, when the file cannot be read or holds none
   */
  static List<X509Certificate> certificates(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      List<X509Certificate> found = new ArrayList<>();
      CertificateFactory.getInstance("X.509")
          .generateCertificates(in)
          .forEach(each -> found.add((X509Certificate) each));
      if (found.isEmpty()) {
        throw new IllegalArgumentException(file + " holds no certificate in PEM");
      }
      return List.copyOf(found);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(file + " cannot be read as certificates in PEM", e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /**
   * The private key of a file, in PKCS #8 and not encrypted.
   *
   * @throws IllegalArgumentException in one line, which says how to convert another form
   */
  static PrivateKey key(Path file) {
    String text = text(file);
    Matcher key = KEY.matcher(text);
    if (key.find()) {
      return decoded(file, key.group(1));
    }
    Matcher other = OTHER_KEY.matcher(text);
    String found = other.find() ? "a key of the form " + other.group(1) : "no private key";
    throw new IllegalArgumentException(
        file
            + " holds "
            + found
            + "; expected one in PKCS #8, as `openssl pkcs8 -topk8 -nocrypt` writes it, or"
            + " cert-manager with privateKey.encoding: PKCS8");
  }

  private static PrivateKey decoded(Path file, String base64) {
    try {
      PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64));
      for (String algorithm : ALGORITHMS) {
        try {
          return KeyFactory.getInstance(algorithm).generatePrivate(spec);
        } catch (InvalidKeySpecException e) {
          // It is a key of another algorithm, or none.
        }
      }
    } catch (IllegalArgumentException | GeneralSecurityException e) {
      throw new IllegalArgumentException(file + " holds a private key that is damaged", e);
    }
    throw new IllegalArgumentException(
        file + " holds a private key that is damaged, or not one of " + ALGORITHMS);
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new IllegalArgumentException(file + " is too long for a key");
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static IllegalArgumentException unreadable(Path file, IOException e) {
    return new IllegalArgumentException(file + " cannot be read", e);
  }
}
