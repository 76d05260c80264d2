package io.manymodels.access;

import com.nimbusds.jwt.JWTClaimsSet;
import io.manymodels.access.IssuerConfig.SubjectCaller;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes a caller of the claims of a token that was checked. Stateless. */
final class TokenCallers {
  private static final int MAX_SUBJECT = 200;

  private TokenCallers() {}

  /**
   * The caller whom the claims name.
   *
   * @throws ServingException {@code UNAUTHENTICATED} when this issuer's tokens open nothing but to
   *     those that the file names, and this is none of them
   */
  static SubjectCaller of(JWTClaimsSet claims, IssuerConfig issuer) {
    @Nullable Object subject = claims.getClaim(issuer.claims().subject());
    if (!(subject instanceof String name) || name.isEmpty() || name.length() > MAX_SUBJECT) {
      throw refused("its claim " + issuer.claims().subject() + " names no caller");
    }
    @Nullable SubjectCaller known = issuer.subjects().get(name);
    if (known != null) {
      return known;
    }
    TenantScope tenants = tenants(claims, issuer);
    if (tenants.isNone() && issuer.claims().tenants().isEmpty()) {
      throw refused("this subject is not among the callers");
    }
    Caller caller =
        new Caller(issuer.name() + "/" + name, roles(claims, issuer), tenants, issuer.quota());
    return new SubjectCaller(caller, Expiry.NEVER);
  }

  /** Texts of the claim that are no tenants open nothing. */
  private static TenantScope tenants(JWTClaimsSet claims, IssuerConfig issuer) {
    Optional<String> claim = issuer.claims().tenants();
    if (claim.isEmpty()) {
      return issuer.tenants();
    }
    String prefix = issuer.claims().tenantsPrefix();
    List<String> names = new ArrayList<>();
    for (String text : texts(claims, claim.get())) {
      if (text.startsWith(prefix) && TenantId.parse(text.substring(prefix.length())).isPresent()) {
        names.add(text.substring(prefix.length()));
      }
    }
    return issuer.tenants().and(TenantScope.of(names));
  }

  private static Set<Role> roles(JWTClaimsSet claims, IssuerConfig issuer) {
    Optional<String> claim = issuer.claims().roles();
    if (claim.isEmpty()) {
      return issuer.roles();
    }
    Set<Role> roles = EnumSet.noneOf(Role.class);
    texts(claims, claim.get()).forEach(word -> Role.ofWord(word).ifPresent(roles::add));
    return roles;
  }

  /** A list of texts; a text counts as what stands between its blanks, as the claim scope does. */
  private static List<String> texts(JWTClaimsSet claims, String claim) {
    @Nullable Object value = claims.getClaim(claim);
    if (value instanceof String text) {
      return List.of(text.strip().split("\\s+"));
    }
    try {
      @Nullable List<String> list = claims.getStringListClaim(claim);
      return list == null ? List.of() : list;
    } catch (ParseException e) {
      throw new ServingException(
          ErrorCode.UNAUTHENTICATED, "the token is refused: " + claim + " is no list of texts", e);
    }
  }

  private static ServingException refused(String why) {
    return new ServingException(ErrorCode.UNAUTHENTICATED, "the token is refused: " + why);
  }
}
