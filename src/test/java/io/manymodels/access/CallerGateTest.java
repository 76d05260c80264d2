package io.manymodels.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.config.Environment;
import io.manymodels.config.RequestQuota;
import io.manymodels.config.Setting;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CallerGateTest extends GateFixture {
  private static final TenantId TENANT = new TenantId("tenant1");

  private static String caller(String name, String key, String more) {
    return "- {name: "
        + name
        + ", key_sha256: "
        + KeyDigest.of(key).hex()
        + ", tenants: [tenant1]"
        + more
        + "}\n";
  }

  private static String callers(String... entries) {
    return "callers:\n" + String.join("", entries);
  }

  private static void assertForbidden(Caller caller, Role role, String tenant) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> caller.require(role, new TenantId(tenant)))
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.FORBIDDEN);
  }

  @Test
  void aKeyOpensItsTenantsOnly() {
    open(callers(caller("shop", "key-of-shop", "")));
    Caller shop = caller("key-of-shop");
    assertThat(shop.name()).isEqualTo("shop");
    assertThat(shop.quota()).isEqualTo(RequestQuota.UNLIMITED);
    shop.require(Role.SCORE, TENANT);
    shop.require(Role.READ, TENANT);
    assertForbidden(shop, Role.SCORE, "tenant2");
    assertForbidden(shop, Role.READ, "tenant10");
    assertForbidden(shop, Role.ADMIN, "tenant1");
    assertThatExceptionOfType(ServingException.class).isThrownBy(() -> shop.require(Role.READ));
    assertThat(shop.sees(TENANT)).isTrue();
    assertThat(shop.seesAll()).isFalse();
  }

  @Test
  void aKeyMayComeInEitherHeader() {
    open(callers(caller("shop", "key-of-shop", "")));
    assertThat(ask(Optional.empty(), Optional.of(" key-of-shop ")).name()).isEqualTo("shop");
    assertThat(ask(Optional.of("bearer  key-of-shop"), Optional.empty()).name()).isEqualTo("shop");
    assertThatExceptionOfType(ServingException.class)
        .as("Authorization counts where there are both")
        .isThrownBy(() -> ask(Optional.of("Bearer wrong"), Optional.of("key-of-shop")));
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> ask(Optional.of("Basic key-of-shop"), Optional.empty()));
  }

  @Test
  void whateverElseIsSentIsRefused() {
    open(callers(caller("shop", "key-of-shop", "")));
    assertThat(refusal("key-of-shop2")).isEqualTo("the API key is not known here");
    assertThat(refusal(KeyDigest.of("key-of-shop").hex())).contains("not known");
    assertThat(refusal("")).contains("not known");
    assertThat(refusal("key-of-shop, Bearer key-of-shop")).contains("not known");
    assertThat(refusal("x".repeat(1 << 20)))
        .isEqualTo("an API key or token has at most 16384 characters");
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> ask(Optional.empty(), Optional.empty()))
        .withMessageContaining("Authorization: Bearer <API key or token>")
        .extracting(ServingException::code)
        .isEqualTo(ErrorCode.UNAUTHENTICATED);
  }

  @Test
  void aKeyEnds() {
    // A FakeTicker begins at 2026-11-23.
    open(callers(caller("shop", "key-of-shop", ", expires: 2026-11-24")));
    assertThat(caller("key-of-shop").name()).isEqualTo("shop");
    ticker.advance(Duration.ofDays(1).minusSeconds(1));
    assertThat(caller("key-of-shop").name()).isEqualTo("shop");
    ticker.advance(Duration.ofSeconds(1));
    assertThat(refusal("key-of-shop")).isEqualTo("the API key has expired");
  }

  @Test
  void theAdminTokenIsOneOfTheCallers() {
    Environment environment = Environment.empty().with(Setting.ADMIN_TOKEN, "s3cret");
    open(callers(caller("shop", "key-of-shop", "")), AdminToken.from(environment));
    Caller operator = caller("s3cret");
    operator.require(Role.ADMIN);
    operator.require(Role.SCORE, new TenantId("anybody"));
    assertThat(caller("key-of-shop").name()).isEqualTo("shop");
    assertThat(refusal("s3cre")).contains("not known");
  }

  @Test
  void aChangeOfTheFileTakesEffect() {
    open(callers(caller("shop", "key-of-shop", "")));
    write(callers(caller("bank", "key-of-bank", ", roles: [read]")));
    Eventually.holds(
        "the change is in force", () -> gate.status().refused().isEmpty() && knows("key-of-bank"));
    caller("key-of-bank").require(Role.READ);
    assertForbidden(caller("key-of-bank"), Role.SCORE, "tenant1");
    assertThat(refusal("key-of-shop")).contains("not known");
  }

  @Test
  void aFileThatIsWrongIsRefusedAndTheOldOneStays() {
    open(callers(caller("shop", "key-of-shop", "")));
    write("callers: [{name: shop}]");
    Eventually.holds("the refusal is told", () -> !gate.status().refused().isEmpty());
    assertThat(gate.status().refused())
        .isEqualTo(
            "callers file refused, the previous one stays in force: caller 'shop': key 'tenants': "
                + "missing; name some, the beginnings of some as \"shop-*\", or \"*\"");
    assertThat(caller("key-of-shop").name()).isEqualTo("shop");
    write(callers(caller("shop", "another", "")));
    Eventually.holds("it is taken", () -> gate.status().refused().isEmpty());
    assertThat(caller("another").name()).isEqualTo("shop");
  }

  @Test
  void aFileThatIsWrongFromTheStartIsNotTaken() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open("callers: 7"))
        .withMessageContaining("callers.yaml: ");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                CallerGate.open(
                    folder.resolve("none"), Optional.empty(), Duration.ofSeconds(1), ticker))
        .withMessageEndingWith("none: there is no such file");
  }

  @Test
  void anEmptyListLetsNobodyIn() {
    open("callers: []");
    assertThat(refusal("key")).contains("not known");
    assertThat(gate.status()).isEqualTo(new GateStatus("callers", 0, List.of(), ""));
  }

  private boolean knows(String key) {
    try {
      return ask(Optional.of("Bearer " + key), Optional.empty()) != null;
    } catch (ServingException e) {
      return false;
    }
  }
}
