package io.manymodels.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTest {

  @ParameterizedTest
  @ValueSource(strings = {"a", "tenant1", "A.B-c_9", "_", "-", "0", "a..", "a.b"})
  void aTenantsNameIsSafeEverywhere(String name) {
    assertThat(new TenantId(name)).hasToString(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ".", "..", ".a", "a/b", "a b", "ä", "a\n", "a\u0000", "a:b", "a{b", "١", "a\\b"
      })
  void anyOtherNameIsRefused(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> new TenantId(name));
  }

  @Test
  void aTenantsNameIsBounded() {
    assertThat(new TenantId("a".repeat(128)).value()).hasSize(128);
    assertThatIllegalArgumentException().isThrownBy(() -> new TenantId("a".repeat(129)));
  }

  @Property(tries = 500)
  void aNameThatIsTakenIsOneSegmentOfAPath(@ForAll String name) {
    try {
      assertThat(new TenantId(name).value()).matches("[A-Za-z0-9._-]+").isNotIn(".", "..");
    } catch (IllegalArgumentException refused) {
      assertThat(refused).hasMessageContaining("1..128 characters");
    }
  }

  @Test
  void aVersionIsPositive() {
    assertThat(new ModelVersion(1)).isLessThan(new ModelVersion(10));
    assertThat(new ModelRef(new TenantId("a"), new ModelVersion(7))).hasToString("a/7");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ModelVersion(0))
        .withMessage("a model version is a whole number in 1..9007199254740991, got 0");
    assertThatIllegalArgumentException().isThrownBy(() -> new ModelVersion(1L << 53));
  }

  @Test
  void theLastVersionHasNoNext() {
    assertThat(new ModelVersion(7).next()).contains(new ModelVersion(8));
    assertThat(new ModelVersion(ModelVersion.MAX_NUMBER).next()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 10, 1_700_000_000, 20_261_129_074_500L, ModelVersion.MAX_NUMBER})
  void aVersionIsReadAsItIsWritten(long number) {
    ModelVersion version = new ModelVersion(number);
    assertThat(ModelVersion.parse(version.toString())).contains(version);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "-1",
        "+1",
        "1.0",
        "001",
        "v2",
        "1e3",
        " 1",
        "1 ",
        "1\n",
        "٣",
        "9007199254740992",
        "9999999999999999",
        "20261129074500123",
        "99999999999999999999999"
      })
  void whatIsNoVersionIsNotReadAsOne(String text) {
    assertThat(ModelVersion.parse(text)).isEmpty();
  }

  @Test
  void aDigestIsOfTheRemainingBytes() {
    ByteBuffer bytes = ByteBuffer.wrap("xabc".getBytes(UTF_8)).position(1);
    ArtifactDigest digest = ArtifactDigest.of(bytes);
    assertThat(digest)
        .hasToString("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertThat(bytes.position()).isOne();
    assertThatIllegalArgumentException().isThrownBy(() -> new ArtifactDigest("BA".repeat(32)));
    assertThatIllegalArgumentException().isThrownBy(() -> new ArtifactDigest("ba"));
  }

  @Test
  void anExceptionKeepsWhatItWasGiven() {
    List<Violation> violations = new ArrayList<>(List.of(new Violation("/a", "b")));
    ServingException e = new ServingException(ErrorCode.INVALID_INPUT, "why", violations);
    violations.clear();
    assertThat(e.violations()).hasSize(1);
    assertThat(e.code().wireName()).isEqualTo("invalid-input");
  }
}
