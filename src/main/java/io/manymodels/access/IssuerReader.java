package io.manymodels.access;

import io.manymodels.access.CallersDocument.IssuerEntry;
import io.manymodels.access.IssuerConfig.Claims;
import io.manymodels.access.IssuerConfig.KeysAt;
import io.manymodels.access.IssuerConfig.SubjectCaller;
import io.manymodels.json.QuotaJson;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads one issuer of a {@link CallersFile}. Stateless. */
final class IssuerReader {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  private IssuerReader() {}

  /**
   * Throws {@link IllegalArgumentException} that names the key.
   *
   * @param file whose folder the name of another is relative to
   * @param subjects the callers that the file names; null: none
   */
  static IssuerConfig read(
      IssuerEntry entry, String name, Path file, @Nullable Map<String, SubjectCaller> subjects) {
    String issuer = required("issuer", entry.issuer());
    List<String> audiences = CallersFile.filled("audiences", entry.audiences());
    if (audiences.isEmpty()) {
      throw new IllegalArgumentException(
          "key 'audiences': missing; a token for another service would be taken");
    }
    KeysAt keys = keys(entry, file);
    if (keys.file().isEmpty() && keys.address().isEmpty()) {
      var unused = address("issuer", issuer);
    }
    if (entry.tenantsPrefix() != null && entry.tenantsClaim() == null) {
      throw new IllegalArgumentException("key 'tenants_prefix': needs tenants_claim");
    }
    List<String> tenants = CallersFile.filled("tenants", entry.tenants());
    Map<String, SubjectCaller> known = subjects == null ? Map.of() : subjects;
    if (tenants.isEmpty() && entry.tenantsClaim() == null && known.isEmpty()) {
      throw new IllegalArgumentException(
          "nobody could ask for anything: it needs tenants, tenants_claim, or callers that name it");
    }
    return new IssuerConfig(
        name,
        issuer,
        audiences,
        keys,
        new Claims(
            entry.subjectClaim() == null ? "sub" : entry.subjectClaim(),
            Optional.ofNullable(entry.rolesClaim()),
            Optional.ofNullable(entry.tenantsClaim()),
            entry.tenantsPrefix() == null ? "" : entry.tenantsPrefix()),
        CallersFile.roles(entry.roles()),
        TenantScope.of(tenants),
        QuotaJson.read(entry.quota()),
        known);
  }

  private static KeysAt keys(IssuerEntry entry, Path file) {
    if (entry.jwksFile() != null && entry.jwksUri() != null) {
      throw new IllegalArgumentException("keys 'jwks_file' and 'jwks_uri' exclude each other");
    }
    return new KeysAt(
        Optional.ofNullable(entry.jwksFile()).map(file.toAbsolutePath()::resolveSibling),
        Optional.ofNullable(entry.jwksUri()).map(uri -> address("jwks_uri", uri)));
  }

  private static String required(String key, @Nullable String value) {
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException("key '" + key + "': missing");
    }
    return value;
  }

  /** Plain HTTP only to this machine: whoever is between could put keys of his own there. */
  static URI address(String key, String text) {
    try {
      URI uri = new URI(text);
      @Nullable String host = uri.getHost();
      if (host != null
          && ("https".equals(uri.getScheme())
              || ("http".equals(uri.getScheme()) && LOOPBACK.contains(host)))) {
        return uri;
      }
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("key '" + key + "': this is no URI", e);
    }
    throw new IllegalArgumentException("key '" + key + "': expected an https URI");
  }
}
