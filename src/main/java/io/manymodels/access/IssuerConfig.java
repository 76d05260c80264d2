package io.manymodels.access;

import io.manymodels.config.RequestQuota;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An issuer of tokens, and what its tokens open.
 *
 * @param name in logs and in the names of its callers
 * @param issuer the claim {@code iss} of its tokens
 * @param audiences of which a token must name one
 * @param keys where its public keys are
 * @param claims which claims say what
 * @param roles of a token that has no claim of roles
 * @param tenants of every token
 * @param quota of each subject
 * @param subjects callers that the file names one by one, by their subject
 */
record IssuerConfig(
    String name,
    String issuer,
    List<String> audiences,
    KeysAt keys,
    Claims claims,
    Set<Role> roles,
    TenantScope tenants,
    RequestQuota quota,
    Map<String, SubjectCaller> subjects) {

  IssuerConfig {
    audiences = List.copyOf(audiences);
    roles = Set.copyOf(roles);
    subjects = Map.copyOf(subjects);
  }

  /** Where the keys are: a file, an address, or found by OIDC discovery when both are empty. */
  record KeysAt(Optional<Path> file, Optional<URI> address) {}

  /**
   * Names of claims.
   *
   * @param subject whose text names the caller
   * @param roles empty: none says the roles
   * @param tenants empty: none says the tenants
   * @param tenantsPrefix only texts that begin with it name tenants, without it
   */
  record Claims(
      String subject, Optional<String> roles, Optional<String> tenants, String tenantsPrefix) {}

  /** A caller and until when it may ask. */
  record SubjectCaller(Caller caller, Expiry expiry) {}
}
