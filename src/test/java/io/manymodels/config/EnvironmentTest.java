package io.manymodels.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How settings are read, and what is said about bad values. */
class EnvironmentTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          VERSION_POLL_S | 0 | MANY_MODELS_VERSION_POLL_S: '0' is not a whole number in 1..86400
          VERSION_POLL_S | 86401 | MANY_MODELS_VERSION_POLL_S: '86401' is not a whole number in 1..86400
          VERSION_POLL_S | 99999999999 | MANY_MODELS_VERSION_POLL_S: '99999999999' is not a whole number in 1..86400
          VERSION_POLL_S | -1 | MANY_MODELS_VERSION_POLL_S: '-1' is not a whole number in 1..86400
          DIRECT_PORT | 65536 | MANY_MODELS_DIRECT_PORT: '65536' is not a whole number in 0..65535
          DIRECT_PORT | 1e3 | MANY_MODELS_DIRECT_PORT: '1e3' is not a whole number in 0..65535
          TRANSPORT | grpc | MANY_MODELS_TRANSPORT: 'grpc' is not one of framed, ray
          REGISTRY | redis://user:s3cret@h x | MANY_MODELS_REGISTRY: the value is not a URI such as file:/srv/models
          REGISTRY | models | MANY_MODELS_REGISTRY: the value is not a URI such as file:/srv/models
          URL | ftp://u:s3cret@h | MANY_MODELS_URL: the value is not an http or https URL, as http://127.0.0.1:8000
          URL | http:x | MANY_MODELS_URL: the value is not an http or https URL, as http://127.0.0.1:8000
          ADMIN_TOKEN | s3 cret | MANY_MODELS_ADMIN_TOKEN: the value is not visible ASCII characters without blanks
          """)
  void aBadValueIsRefusedWithVariableAndRangeAndNoSecret(
      Setting setting, String value, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Environment.empty().with(setting, value).text(setting))
        .withMessage(message)
        .withNoCause();
  }

  @ParameterizedTest
  @EnumSource
  void anEmptyValueIsNoneUnlessItProtects(Setting setting) {
    for (String empty : new String[] {"", " \t"}) {
      Environment environment = Environment.empty().with(setting, empty);
      if (setting.isSecret() || setting.takes() instanceof Values.Protection) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> environment.text(setting))
            .withMessageStartingWith(setting.variable() + ": ");
      } else {
        assertThat(environment.text(setting)).isEqualTo(setting.byDefault());
      }
    }
    assertThat(Environment.empty().text(setting)).isEqualTo(setting.byDefault());
  }

  @ParameterizedTest
  @EnumSource
  void aDefaultIsAValueThatTheSettingTakes(Setting setting) {
    assertThat(setting.byDefault().map(setting.takes()::accepts).orElse(true)).isTrue();
  }

  @Test
  void valuesAreStrippedAndTyped() {
    Environment environment =
        Environment.empty()
            .with(Setting.VERSION_POLL_S, " 86400\n")
            .with(Setting.STATE, "file:/srv/state ");
    assertThat(environment.number(Setting.VERSION_POLL_S)).isEqualTo(86_400);
    assertThat(environment.requiredUri(Setting.STATE)).isEqualTo(URI.create("file:/srv/state"));
    assertThat(environment.uri(Setting.WARM)).isEmpty();
    assertThat(Environment.empty().number(Setting.VERSION_POLL_S)).isEqualTo(5);
  }

  @Test
  void whatIsNeededAndNotSetIsNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Environment.empty().requiredUri(Setting.REGISTRY))
        .withMessage(
            "MANY_MODELS_REGISTRY is not set; the value must be a URI such as file:/srv/models");
    Path missing = folder.resolve("key.pem");
    for (Path file : new Path[] {missing, folder}) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  Environment.empty()
                      .with(Setting.TRANSPORT_KEY_FILE, file.toString())
                      .requiredFile(Setting.TRANSPORT_KEY_FILE))
          .withMessage(
              "MANY_MODELS_TRANSPORT_KEY_FILE: '" + file + "' is not a PEM file that can be read");
    }
  }

  @Test
  void aSecretInAFileIsReadAnewEachTime() throws Exception {
    Path file = Files.writeString(folder.resolve("password"), " first\n");
    Secret secret = inFile(Setting.REDIS_PASSWORD, file.toString()).orElseThrow();
    assertThat(secret.read()).isEqualTo("first");
    Files.writeString(file, "the second");
    assertThat(secret.read()).isEqualTo("the second");
    assertThat(secret.toString()).isEqualTo("a secret in MANY_MODELS_REDIS_PASSWORD_FILE");
  }

  @Test
  void aFileWithoutASecretIsRefusedAndNotShown() throws Exception {
    Path file = folder.resolve("token");
    assertUnreadable(file, "the file cannot be read");
    Files.writeString(file, " \n");
    assertUnreadable(file, "the file is empty");
    Files.writeString(file, "s3 cret");
    assertUnreadable(file, "the file does not hold visible ASCII characters without blanks");
    Files.write(file, new byte[(64 << 10) + 1]);
    assertUnreadable(file, "the file is larger than 64 KiB");
  }

  private static void assertUnreadable(Path file, String message) {
    Secret secret = inFile(Setting.ADMIN_TOKEN, file.toString()).orElseThrow();
    assertThatIllegalArgumentException()
        .isThrownBy(secret::read)
        .withMessage("MANY_MODELS_ADMIN_TOKEN_FILE: " + message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ADMIN_TOKEN", "REDIS_PASSWORD"})
  void allSecretsFollowTheSameRule(Setting setting) {
    assertThat(Environment.empty().secret(setting)).isEmpty();
    assertThat(Environment.empty().with(setting, " s3cret ").secret(setting).orElseThrow().read())
        .isEqualTo("s3cret");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Environment.empty().with(setting, "").secret(setting))
        .withMessageStartingWith(setting.variable() + ": the value is not ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> inFile(setting, " "))
        .withMessage(setting.variable() + "_FILE: '' is not the name of a file");
    String file = setting.fileVariable().orElseThrow();
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Environment.of(Map.of(setting.variable(), "x", file, "y")).secret(setting))
        .withMessage("set " + setting.variable() + " or " + file + ", not both");
  }

  private static Optional<Secret> inFile(Setting setting, String file) {
    return Environment.of(Map.of(setting.fileVariable().orElseThrow(), file)).secret(setting);
  }

  @Test
  void namesAreThoseOfTheConstantsAndNoneIsThereTwice() {
    assertThat(Setting.values())
        .allSatisfy(
            setting ->
                assertThat(setting.variable().replaceFirst("^MANY_MODELS_", ""))
                    .isEqualTo(setting.name()));
    assertThat(Stream.of(Setting.values()).flatMap(EnvironmentTest::variables))
        .doesNotHaveDuplicates();
  }

  private static Stream<String> variables(Setting setting) {
    return Stream.concat(Stream.of(setting.variable()), setting.fileVariable().stream());
  }
}
