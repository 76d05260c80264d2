package io.manymodels.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.time.Ticker;
import java.util.Date;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks a token of one issuer: signature, expiry, audience, issuer (RFC 7519, RFC 8725).
 * Immutable.
 */
final class TokenCheck {
  /** The clocks of issuers and of this machine may differ by as much. */
  static final int SKEW_SECONDS = 60;

  private static final int MAX_COMPLAINT = 200;

  /** Only of public keys: a token that is signed by a shared secret is none of ours. */
  private static final Set<JWSAlgorithm> ALGORITHMS =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.PS384,
          JWSAlgorithm.PS512,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384,
          JWSAlgorithm.ES512);

  private final IssuerConfig issuer;
  private final Ticker ticker;

  TokenCheck(IssuerConfig issuer, Ticker ticker) {
    this.issuer = issuer;
    this.ticker = ticker;
  }

  /** Whether a key of this set may have signed the token; if not, there may be newer keys. */
  static boolean names(JWKSet keys, SignedJWT token) {
    @Nullable JWKMatcher matcher = JWKMatcher.forJWSHeader(token.getHeader());
    return matcher != null && !new JWKSelector(matcher).select(keys).isEmpty();
  }

  /**
   * The claims of a token that is right.
   *
   * @throws ServingException {@code UNAUTHENTICATED} with what is wrong
   */
  JWTClaimsSet claims(SignedJWT token, JWKSet keys) {
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    processor.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(
            JOSEObjectType.JWT,
            new JOSEObjectType("at+jwt"),
            new JOSEObjectType("application/at+jwt"),
            null));
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(ALGORITHMS, new ImmutableJWKSet<>(keys)));
    processor.setJWTClaimsSetVerifier(claimsVerifier());
    try {
      return processor.process(token, null);
    } catch (BadJOSEException | JOSEException | RuntimeException e) {
      throw refused(String.valueOf(e.getMessage()), e);
    }
  }

  private DefaultJWTClaimsVerifier<SecurityContext> claimsVerifier() {
    DefaultJWTClaimsVerifier<SecurityContext> verifier =
        new DefaultJWTClaimsVerifier<>(
            new HashSet<>(issuer.audiences()),
            new JWTClaimsSet.Builder().issuer(issuer.issuer()).build(),
            Set.of("exp", issuer.claims().subject()),
            Set.of()) {
          @Override
          protected Date currentTime() {
            return Date.from(ticker.now());
          }
        };
    verifier.setMaxClockSkew(SKEW_SECONDS);
    return verifier;
  }

  private static ServingException refused(String why, Exception cause) {
    String shown = why.replaceAll("\\p{Cntrl}", " ");
    return new ServingException(
        ErrorCode.UNAUTHENTICATED,
        "the token is refused: " + shown.substring(0, Math.min(shown.length(), MAX_COMPLAINT)),
        cause);
  }
}
