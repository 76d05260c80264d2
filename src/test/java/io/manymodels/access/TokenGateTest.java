package io.manymodels.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.testing.Eventually;
import io.manymodels.testing.TestIssuer;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TokenGateTest extends GateFixture {
  private static final RSAKey FIRST = TestIssuer.rsa("first");
  private static final RSAKey SECOND = TestIssuer.rsa("second");
  private static final TenantId TENANT = new TenantId("tenant1");

  private final TestIssuer issuer = new TestIssuer();

  @AfterEach
  void closeIssuer() {
    issuer.close();
  }

  private void open(String more, boolean published) {
    if (published) {
      issuer.publish(FIRST);
    }
    open("issuers:\n" + entry("idp", issuer.uri(), more));
  }

  private static String entry(String name, String uri, String more) {
    return "- {name: "
        + name
        + ", issuer: \""
        + uri
        + "\", audiences: [many-models], "
        + more
        + "}\n";
  }

  private Date in(long seconds) {
    return Date.from(ticker.now().plusSeconds(seconds));
  }

  private JWTClaimsSet.Builder claims() {
    return issuer.claims("app-1", ticker.now());
  }

  private String token() {
    return TestIssuer.signed(claims().build(), FIRST);
  }

  private static void assertMayNot(Caller caller, Role role, String tenant) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> caller.require(role, new TenantId(tenant)))
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.FORBIDDEN);
  }

  @Test
  void aTokenOpensTheTenantsOfItsIssuer() {
    open("tenants: [tenant1]", true);
    Caller app = caller(token());
    assertThat(app.name()).isEqualTo("idp/app-1");
    app.require(Role.SCORE, TENANT);
    assertMayNot(app, Role.SCORE, "tenant2");
    assertThat(caller(TestIssuer.signed(claims().build(), FIRST))).isNotNull();
  }

  @Test
  void keysOfEllipticCurvesAreTakenToo() {
    var key = TestIssuer.ec("ec");
    issuer.publish(key, FIRST);
    open("tenants: [tenant1]", false);
    assertThat(caller(TestIssuer.signed(claims().build(), key)).name()).isEqualTo("idp/app-1");
  }

  @Test
  void aTokenThatWasSeenIsNotCheckedAgain() {
    open("tenants: [tenant1]", true);
    String token = token();
    Caller first = caller(token);
    assertThat(gate.authenticate(Optional.of("Bearer " + token), Optional.empty()))
        .isCompletedWithValue(first);
    assertThat(caller(token)).isSameAs(first);
  }

  @Test
  void claimsNameTenantsAndRoles() {
    open(
        "tenants_claim: groups, tenants_prefix: \"t:\", roles_claim: roles, tenants: [base]", true);
    Caller app =
        caller(
            TestIssuer.signed(
                claims()
                    .claim("groups", List.of("t:tenant1", "tenant2", "t:*", "t:a/b"))
                    .claim("roles", List.of("score", "admin", "root"))
                    .build(),
                FIRST));
    app.require(Role.SCORE, TENANT);
    app.require(Role.ADMIN, new TenantId("base"));
    assertMayNot(app, Role.SCORE, "tenant2");
    assertMayNot(app, Role.SCORE, "tenant3");
    Caller reader =
        caller(
            TestIssuer.signed(
                claims().claim("groups", "t:tenant1 t:tenant2").claim("roles", "read").build(),
                FIRST));
    reader.require(Role.READ, new TenantId("tenant2"));
    assertMayNot(reader, Role.SCORE, "tenant1");
    Caller nobody = caller(TestIssuer.signed(claims().build(), FIRST));
    assertMayNot(nobody, Role.READ, "base");
  }

  @Test
  void aSubjectMayBeNamedInTheFile() {
    issuer.publish(FIRST);
    open(
        "callers: [{name: shop, issuer: idp, subject: app-1, tenants: [tenant1],"
            + " expires: 2026-11-23T00:30:00Z, quota: {requests_per_second: 5}}]\n"
            + "issuers:\n"
            + entry("idp", issuer.uri(), "subject_claim: oid"));
    String token = TestIssuer.signed(claims().subject("x").claim("oid", "app-1").build(), FIRST);
    assertThat(caller(token).name()).isEqualTo("shop");
    assertThat(caller(token).quota().requestsPerSecond()).isEqualTo(5);
    assertThat(refusal(TestIssuer.signed(claims().claim("oid", "app-2").build(), FIRST)))
        .isEqualTo("the token is refused: this subject is not among the callers");
    assertThat(refusal(TestIssuer.signed(claims().build(), FIRST))).contains("oid");
    ticker.advance(Duration.ofMinutes(30));
    assertThat(refusal(token)).isEqualTo("the caller's time has ended");
  }

  @Test
  void clocksMayDifferByAMinute() {
    open("tenants: [tenant1]", true);
    Date end = in(1);
    String token = TestIssuer.signed(claims().expirationTime(end).build(), FIRST);
    assertThat(caller(token)).isNotNull();
    ticker.advance(Duration.ofSeconds(60));
    assertThat(caller(token)).isNotNull();
    ticker.advance(Duration.ofSeconds(2));
    assertThat(refusal(token)).isEqualTo("the token is refused: Expired JWT");
    Date later = in(58);
    String early = TestIssuer.signed(claims().notBeforeTime(later).build(), FIRST);
    assertThat(caller(early)).isNotNull();
    Date tooLate = in(62);
    assertThat(refusal(TestIssuer.signed(claims().notBeforeTime(tooLate).build(), FIRST)))
        .contains("before");
  }

  @Test
  void tokensForOthersAndTokensWithoutAnEndAreRefused() {
    open("tenants: [\"*\"]", true);
    assertThat(refusal(TestIssuer.signed(claims().audience("other").build(), FIRST)))
        .contains("aud claim");
    assertThat(refusal(TestIssuer.signed(claims().audience((String) null).build(), FIRST)))
        .contains("aud");
    assertThat(refusal(TestIssuer.signed(claims().expirationTime(null).build(), FIRST)))
        .contains("exp");
    assertThat(refusal(TestIssuer.signed(claims().subject(null).build(), FIRST))).contains("sub");
    assertThat(refusal(TestIssuer.signed(claims().issuer("https://elsewhere").build(), FIRST)))
        .isEqualTo("the token is refused: its issuer is not known here");
    assertThat(
            caller(
                TestIssuer.signed(claims().audience(List.of("x", "many-models")).build(), FIRST)))
        .isNotNull();
  }

  @Test
  void tokensThatNobodySignedAreRefused() throws JOSEException {
    open("tenants: [\"*\"]", true);
    assertThat(refusal(new PlainJWT(claims().build()).serialize()))
        .isEqualTo("this is neither an API key nor a signed token");
    String token = token();
    assertThat(refusal(token.substring(0, token.lastIndexOf('.') + 1))).isNotEmpty();
    String[] parts = token.split("\\.", 3);
    String other = TestIssuer.signed(claims().subject("admin").build(), FIRST).split("\\.", 3)[1];
    assertThat(refusal(parts[0] + "." + other + "." + parts[2])).contains("signature");
    // Another key under the name of the right one.
    RSAKey forged = new RSAKey.Builder(SECOND).keyID("first").build();
    assertThat(refusal(TestIssuer.signed(claims().build(), forged))).contains("signature");
    SignedJWT symmetric =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("first").build(), claims().build());
    symmetric.sign(new MACSigner(FIRST.toRSAPublicKey().getEncoded()));
    assertThat(refusal(symmetric.serialize())).isNotEmpty();
    assertThat(refusal("a.b.c")).contains("neither");
    assertThat(refusal(token + "x".repeat(20_000))).contains("16384");
  }

  @Test
  void aTokenThatBringsItsOwnKeyIsRefused() throws JOSEException {
    open("tenants: [\"*\"]", true);
    SignedJWT own =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).jwk(SECOND.toPublicJWK()).build(),
            claims().build());
    own.sign(new RSASSASigner(SECOND));
    assertThat(refusal(own.serialize())).isNotEmpty();
  }

  @Test
  void aRotatedKeyIsFetchedWhenATokenNamesIt() {
    open("tenants: [tenant1]", true);
    String old = token();
    assertThat(caller(old)).isNotNull();
    issuer.publish(SECOND);
    assertThat(caller(TestIssuer.signed(claims().build(), SECOND))).isNotNull();
    assertThat(refusal(old)).as("its key is gone, though the token was seen").isNotEmpty();
  }

  @Test
  void aRotatedKeyIsFetchedWhenItHasTheOldOnesName() {
    open("tenants: [tenant1]", true);
    String old = token();
    assertThat(caller(old)).isNotNull();
    RSAKey renewed = new RSAKey.Builder(SECOND).keyID("first").build();
    issuer.publish(renewed);
    assertThat(caller(TestIssuer.signed(claims().build(), renewed))).isNotNull();
    assertThat(refusal(old)).as("its key is gone, though the token was seen").isNotEmpty();
  }

  @Test
  void tokensForAccessToServicesAreTakenByBothNamesOfTheirType() throws JOSEException {
    open("tenants: [tenant1]", true);
    for (String type : List.of("at+jwt", "application/at+jwt")) {
      SignedJWT token =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.RS256)
                  .keyID("first")
                  .type(new JOSEObjectType(type))
                  .build(),
              claims().build());
      token.sign(new RSASSASigner(FIRST));
      assertThat(caller(token.serialize())).as(type).isNotNull();
    }
  }

  @Test
  void unknownKeysDoNotMakeItAskTheIssuerAgainAndAgain() {
    open("tenants: [tenant1]", true);
    assertThat(caller(token())).isNotNull();
    for (int i = 0; i < 50; i++) {
      RSAKey unknown = new RSAKey.Builder(SECOND).keyID("unknown-" + i).build();
      assertThat(refusal(TestIssuer.signed(claims().build(), unknown))).isNotEmpty();
    }
    // The first look, and those that tokens may cause at once.
    assertThat(issuer.asked()).isBetween(2, 6);
    ticker.advance(Duration.ofSeconds(10));
    issuer.publish(SECOND);
    assertThat(caller(TestIssuer.signed(claims().build(), SECOND))).isNotNull();
  }

  @Test
  void anIssuerThatIsAwayDoesNotStopKeysThatAreKnown() {
    open("tenants: [tenant1]", true);
    assertThat(caller(token())).isNotNull();
    issuer.goAway();
    assertThat(caller(TestIssuer.signed(claims().subject("new").build(), FIRST))).isNotNull();
    assertThat(refusal(TestIssuer.signed(claims().build(), SECOND))).isNotEmpty();
    assertThat(caller(TestIssuer.signed(claims().subject("newer").build(), FIRST))).isNotNull();
    assertThat(gate.status().issuers())
        .singleElement()
        .satisfies(
            status -> {
              assertThat(status.keys()).isEqualTo(1);
              assertThat(status.failure()).contains("127.0.0.1 gives no keys");
            });
  }

  @Test
  void anIssuerThatWasNeverThereIsNotTheCallersFault() {
    issuer.goAway();
    open("tenants: [tenant1]", true);
    assertThat(refusal(token(), ErrorCode.ISSUER_UNAVAILABLE)).contains("cannot be reached");
    issuer.comeBack();
    Eventually.holds(
        "it is asked again",
        () -> {
          ticker.advance(Duration.ofSeconds(10));
          try {
            return ask(Optional.of("Bearer " + token()), Optional.empty()) != null;
          } catch (ServingException e) {
            return false;
          }
        });
  }

  @Test
  void aDiscoveryDocumentOfAnotherIssuerIsNotTaken() {
    issuer.nameItself("https://elsewhere");
    open("tenants: [tenant1]", true);
    assertThat(refusal(token(), ErrorCode.ISSUER_UNAVAILABLE)).isNotEmpty();
    assertThat(gate.status().issuers().get(0).failure()).contains("another issuer");
  }

  @Test
  void keysMayBeInAFileOrAtAnAddress() throws IOException {
    Files.writeString(folder.resolve("keys.json"), new JWKSet(FIRST.toPublicJWK()).toString(true));
    issuer.publish(SECOND);
    open(
        "issuers:\n"
            + entry("file", "https://a", "tenants: [tenant1], jwks_file: keys.json")
            + entry(
                "web", "https://b", "tenants: [tenant1], jwks_uri: \"" + issuer.uri() + "/keys\""));
    assertThat(caller(TestIssuer.signed(claims().issuer("https://a").build(), FIRST)).name())
        .isEqualTo("file/app-1");
    assertThat(caller(TestIssuer.signed(claims().issuer("https://b").build(), SECOND)).name())
        .isEqualTo("web/app-1");
    assertThat(refusal(TestIssuer.signed(claims().issuer("https://a").build(), SECOND)))
        .as("keys of one issuer do not open for another")
        .isNotEmpty();
  }

  @Test
  void aChangeOfTheFileKeepsTheKeysOfAnIssuerThatIsAway() {
    open("tenants: [tenant1]", true);
    String token = token();
    assertThat(caller(token)).isNotNull();
    issuer.goAway();
    write("issuers:\n" + entry("idp", issuer.uri(), "tenants: [tenant2]"));
    Eventually.holds("the change is in force", () -> caller(token).sees(new TenantId("tenant2")));
    assertMayNot(caller(token), Role.SCORE, "tenant1");
  }

  @Test
  void strangeClaimsAreRefused() {
    open("tenants_claim: tenants", true);
    for (Object strange : List.of(7, Map.of("a", "b"), List.of(1, 2))) {
      String token = TestIssuer.signed(claims().claim("tenants", strange).build(), FIRST);
      assertThat(refusal(token)).isEqualTo("the token is refused: tenants is no list of texts");
    }
  }
}
