package io.manymodels.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallersFileTest {
  private static final Path FILE = Path.of("callers.yaml");
  private static final String KEY = "key_sha256: " + "ab".repeat(32);

  private static CallerBook parse(String text) {
    return CallersFile.parse(text.replace("KEY", KEY), FILE);
  }

  @Test
  void yamlAndJsonAreTaken() {
    assertThat(parse("callers: [{name: a, KEY, tenants: [t1]}]").keys()).hasSize(1);
    assertThat(
            parse(
                    "{\"callers\": [{\"name\": \"a\", \"tenants\": [\"*\"], \"key_sha256\": \""
                        + "0".repeat(64)
                        + "\", \"roles\": [\"admin\"], \"quota\": {\"rows_per_second\": 5}}]}")
                .keys())
        .containsKey(new KeyDigest(0, 0, 0, 0));
  }

  @Test
  void aCallerMayHaveTwoKeysForATime() {
    String two =
        "callers: [{name: a, KEY, tenants: [t1]}, {name: a, key_sha256: "
            + "cd".repeat(32)
            + ", tenants: [t1], expires: 2027-01-31}]";
    assertThat(parse(two).keys()).hasSize(2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse(two.replace("tenants: [t1], ex", "tenants: [t2], ex")))
        .withMessage("caller 'a': it is there twice, with different roles, tenants or quota");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'' | there is nothing in it",
        "callers: {a: b} | expected a list",
        "[] | expected an object",
        "people: [] | unknown key 'people'",
        "callers: [{name: a, KEY, tenants: [t1]}, {name: b, KEY, tenants: [t1]}] | caller 'b': key"
            + " 'key_sha256': another entry has the same key",
        "callers: [{KEY, tenants: [t1]}] | an entry has no name",
        "callers: [{name: 'a b', KEY, tenants: [t1]}] | a name is 1..64 characters",
        "callers: [null] | an entry is empty",
        "callers: [{name: a, KEY}] | caller 'a': key 'tenants': missing",
        "callers: [{name: a, KEY, tenants: ['shop/*']}] | 'shop/*' is not a tenant",
        "callers: [{name: a, KEY, tenants: ['*a']}] | '*a' is not a tenant",
        "callers: [{name: a, KEY, tenants: [t1], roles: [root]}] | 'root' is not one of score, read,"
            + " admin",
        "callers: [{name: a, KEY, tenants: [t1], expires: soon}] | 'soon' is neither 2027-01-31",
        "callers: [{name: a, KEY, tenants: [t1], quota: {requests_per_second: 0}}] |"
            + " 'requests_per_second': 0.0 is not in 0.001..1000000",
        "callers: [{name: a, KEY, tenants: [t1], quota: {per_minute: 1}}] | unknown key"
            + " 'per_minute'",
        "callers: [{name: a, key_sha256: AB, tenants: [t1]}] | expected 64 lower-case hexadecimal",
        "callers: [{name: a, tenants: [t1]}] | needs either key_sha256, or issuer and subject",
        "callers: [{name: a, issuer: i, subject: s, KEY, tenants: [t1]}] | needs either",
        "callers: [{name: a, issuer: i, subject: s, tenants: [t1]}] | there is no issuer 'i'",
        "issuers: [{name: i, issuer: 'https://i', tenants: [t1]}] | issuer 'i': key 'audiences':"
            + " missing",
        "issuers: [{name: i, issuer: 'http://i', audiences: [a], tenants: [t1]}] | expected an https"
            + " URI",
        "issuers: [{name: i, issuer: 'http:x/i', audiences: [a], tenants: [t1]}] | expected an https",
        "issuers: [{name: i, issuer: 'https://i', audiences: [null], tenants: [t1]}] | issuer"
            + " 'i': key 'audiences': an entry is empty",
        "issuers: [{name: i, issuer: 'https://i', audiences: [a], tenants: [null]}] | issuer"
            + " 'i': key 'tenants': an entry is empty",
        "issuers: [{name: i, issuer: 'https://i', audiences: [a], jwks_uri: 'http://i/k', tenants:"
            + " [t]}] | key 'jwks_uri': expected an https URI",
        "issuers: [{name: i, issuer: 'https://i', audiences: [a]}] | nobody could ask for anything",
        "issuers: [{name: i, issuer: 'https://i', audiences: [a], tenants: [t], tenants_prefix: x}]"
            + " | needs tenants_claim",
        "issuers: [{name: i, issuer: 'https://i', audiences: [a], jwks_uri: 'https://i',"
            + " jwks_file: f, tenants: [t1]}] | exclude each other",
        "issuers: [{name: i, issuer: 'https://i', audiences: [a], tenants: [t]}, {name: j, issuer:"
            + " 'https://i', audiences: [a], tenants: [t]}] | issuer 'j': it is there twice",
        "callers: [*a] | this is not YAML",
      })
  void whatIsWrongIsNamedInOneLine(String text, String complaint) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse(text.equals("''") ? "" : text))
        .withMessageContaining(complaint)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }

  @Test
  void noComplaintRepeatsAKeyThatSomebodyPutThereByMistake() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("callers: [{name: a, key_sha256: mm_secret, tenants: [t1]}]"))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("mm_secret"));
  }
}
