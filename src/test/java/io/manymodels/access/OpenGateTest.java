package io.manymodels.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.config.Environment;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenGateTest {
  private static final String VALUE = "MANY_MODELS_ADMIN_TOKEN";
  private static final String FILE = "MANY_MODELS_ADMIN_TOKEN_FILE";

  private static final TenantId TENANT = new TenantId("tenant1");

  @TempDir private Path folder;

  private static OpenGate gate(String variable, String value) {
    return OpenGate.with(AdminToken.from(Environment.of(Map.of(variable, value))));
  }

  private static Caller caller(OpenGate gate, @Nullable String header) {
    return gate.authenticate(Optional.ofNullable(header), Optional.empty()).join();
  }

  private static void assertRefused(OpenGate gate, String header, ErrorCode code) {
    Caller caller = caller(gate, header);
    caller.require(Role.SCORE, TENANT);
    caller.require(Role.READ);
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> caller.require(Role.ADMIN))
        .withMessageNotContaining("s3cret")
        .extracting(ServingException::code)
        .isEqualTo(code);
  }

  @Test
  void withoutATokenEverybodyMay() {
    OpenGate gate = OpenGate.with(AdminToken.from(Environment.empty()));
    assertThat(gate.status().scoring()).isEqualTo("open");
    assertThat(caller(gate, null)).isSameAs(Caller.ANYONE);
    assertThat(caller(gate, "Bearer x")).isSameAs(Caller.ANYONE);
    Caller.ANYONE.require(Role.ADMIN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer s3cret", "bearer s3cret", "BEARER  s3cret "})
  void theTokenOpens(String header) {
    caller(gate(VALUE, " s3cret\n"), header).require(Role.ADMIN);
  }

  @Test
  void theTokenMayBeSentAsAnApiKey() {
    gate(VALUE, "s3cret")
        .authenticate(Optional.empty(), Optional.of("s3cret"))
        .join()
        .require(Role.ADMIN);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-, UNAUTHENTICATED",
        "'', UNAUTHENTICATED",
        "s3cret, UNAUTHENTICATED",
        "Basic s3cret, UNAUTHENTICATED",
        "Bearer, UNAUTHENTICATED",
        "'Bearer ', FORBIDDEN",
        "Bearer S3CRET, FORBIDDEN",
        "Bearer s3cre, FORBIDDEN",
        "Bearer s3cret2, FORBIDDEN",
        "'Bearer s3cret, Bearer x', FORBIDDEN",
      })
  void nothingElseOpens(String header, ErrorCode code) {
    assertRefused(gate(VALUE, "s3cret"), header, code);
  }

  @Test
  void theTokenMayBeInAFile() throws IOException {
    Path file = Files.writeString(folder.resolve("token"), "s3cret\n");
    OpenGate gate = gate(FILE, file.toString());
    caller(gate, "Bearer s3cret").require(Role.ADMIN);
    assertRefused(gate, "Bearer x", ErrorCode.FORBIDDEN);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> AdminToken.from(Environment.of(Map.of(VALUE, "own", FILE, file.toString()))))
        .withMessage("set " + VALUE + " or " + FILE + ", not both");
  }

  @Test
  void anEmptyTokenOrAMissingFileIsNotTakenForNone() throws IOException {
    Path empty = Files.writeString(folder.resolve("token"), " \n");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AdminToken.from(Environment.of(Map.of(VALUE, ""))))
        .withMessageContaining(VALUE);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AdminToken.from(Environment.of(Map.of(FILE, empty.toString()))));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> AdminToken.from(Environment.of(Map.of(FILE, folder.resolve("none").toString()))))
        .withMessage(FILE + ": the file cannot be read");
    assertThat(Files.exists(empty)).isTrue();
  }
}
