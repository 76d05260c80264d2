package io.manymodels.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.manymodels.config.Environment;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdminTokenTest {
  private static final String VALUE = "MANY_MODELS_ADMIN_TOKEN";
  private static final String FILE = "MANY_MODELS_ADMIN_TOKEN_FILE";

  @TempDir private Path folder;

  private static void assertRefused(AdminToken token, String header, ErrorCode code) {
    assertThatExceptionOfType(ServingException.class)
        .isThrownBy(() -> token.check(Optional.ofNullable(header)))
        .withMessageNotContaining("s3cret")
        .extracting(ServingException::code)
        .isEqualTo(code);
  }

  @Test
  void withoutATokenEverybodyMay() {
    AdminToken token = AdminToken.from(Environment.empty());
    token.check(Optional.empty());
    token.check(Optional.of("Bearer x"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer s3cret", "bearer s3cret", "BEARER  s3cret "})
  void theTokenOpens(String header) {
    AdminToken.from(Environment.of(Map.of(VALUE, " s3cret\n"))).check(Optional.of(header));
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
    assertRefused(AdminToken.from(Environment.of(Map.of(VALUE, "s3cret"))), header, code);
  }

  @Test
  void theTokenMayBeInAFile() throws IOException {
    Path file = Files.writeString(folder.resolve("token"), "s3cret\n");
    AdminToken token = AdminToken.from(Environment.of(Map.of(FILE, file.toString())));
    token.check(Optional.of("Bearer s3cret"));
    assertRefused(token, "Bearer x", ErrorCode.FORBIDDEN);
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
