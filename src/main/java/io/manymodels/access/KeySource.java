package io.manymodels.access;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.JSONObjectUtils;
import io.manymodels.access.IssuerConfig.KeysAt;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;

/**
 * Where the public keys of an issuer are: a JWKS (RFC 7517) in a file or at an address, which
 * OpenID Connect Discovery 1.0, section 4, finds where none is named. Immutable.
 *
 * @param issuer as its tokens name it
 */
record KeySource(String issuer, KeysAt at) {
  private static final int MAX_BYTES = 256 << 10;
  private static final int CONNECT_MILLIS = 2_000;
  private static final int READ_MILLIS = 3_000;
  private static final String DISCOVERY = "/.well-known/openid-configuration";

  /** Whether a look bothers nobody. */
  boolean isCheap() {
    return at.file().isPresent();
  }

  /** Fetches the keys; blocks for some seconds at most, unless the issuer answers in drops. */
  JWKSet fetch() throws IOException, ParseException {
    if (at.file().isPresent()) {
      return JWKSet.load(new ByteArrayInputStream(bytes(at.file().get())));
    }
    return JWKSet.parse(text(at.address().isPresent() ? at.address().get() : discovered()));
  }

  private static byte[] bytes(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IOException(file + " is larger than 256 KiB");
      }
      return bytes;
    }
  }

  private URI discovered() throws IOException, ParseException {
    String base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
    var document = JSONObjectUtils.parse(text(URI.create(base + DISCOVERY)));
    String named = JSONObjectUtils.getString(document, "issuer");
    if (!issuer.equals(named)) {
      throw new IOException("its discovery document is about another issuer, " + named);
    }
    return IssuerReader.address(
        "jwks_uri", String.valueOf(JSONObjectUtils.getString(document, "jwks_uri")));
  }

  private static String text(URI address) throws IOException {
    URL url = address.toURL();
    try {
      return new DefaultResourceRetriever(CONNECT_MILLIS, READ_MILLIS, MAX_BYTES)
          .retrieveResource(url)
          .getContent();
    } catch (IOException e) {
      throw new IOException(url.getHost() + " gives no keys: " + e.getMessage(), e);
    }
  }
}
