package io.manymodels.cli.callers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.access.CallerGate;
import io.manymodels.access.KeyDigest;
import io.manymodels.cli.CommandRun;
import io.manymodels.json.Json;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallersCommandTest {
  @TempDir private Path folder;

  private Path file() {
    return folder.resolve("callers.yaml");
  }

  private CommandRun callers(String... arguments) {
    List<String> all = new ArrayList<>(List.of("callers"));
    all.addAll(List.of(arguments));
    return CommandRun.of(
        Map.of("MANY_MODELS_CALLERS", file().toString()), all.toArray(String[]::new));
  }

  private String added(String... arguments) {
    List<String> all = new ArrayList<>(List.of("add"));
    all.addAll(List.of(arguments));
    CommandRun run = callers(all.toArray(String[]::new));
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    return run.out().lines().filter(line -> line.startsWith("mm_")).findFirst().orElseThrow();
  }

  private String knownAs(String key) {
    try (CallerGate gate = CallerGate.open(file(), Optional.empty(), Ticker.SYSTEM)) {
      return gate.authenticate(Optional.of("Bearer " + key), Optional.empty())
          .handle((caller, failure) -> caller == null ? "nobody" : caller.name())
          .join();
    }
  }

  @Test
  void aNewKeyOpensUntilItIsRevoked() throws IOException {
    String shop = added("shop", "--tenants", "shop-*,tenant1", "--expires", "2999-01-01");
    String bank = added("bank", "--tenants", "*", "--roles", "read,admin");
    assertThat(knownAs(shop)).isEqualTo("shop");
    assertThat(knownAs(bank)).isEqualTo("bank");
    assertThat(Files.readString(file())).doesNotContain(shop).contains(KeyDigest.of(shop).hex());
    assertThat(callers("revoke", "shop").out()).isEqualTo("revoked shop, 1 key\n");
    assertThat(knownAs(shop)).isEqualTo("nobody");
    assertThat(knownAs(bank)).isEqualTo("bank");
  }

  @Test
  void onlyTheOwnerReadsANewFileAndNothingElseIsLeft() throws IOException {
    var unused = added("shop", "--tenants", "*");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r-----"));
    unused = added("bank", "--tenants", "*");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-r-----");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(file());
    }
  }

  @Test
  void oneOfTwoKeysIsRevoked() {
    String old = added("shop", "--tenants", "t1", "--rows-per-second", "100", "--burst-s", "2");
    String fresh = added("shop", "--tenants", "t1", "--rows-per-second", "100", "--burst-s", "2");
    String digits = KeyDigest.of(old).hex().substring(0, 8);
    assertThat(callers("list").out())
        .contains(digits, KeyDigest.of(fresh).hex().substring(0, 8))
        .doesNotContain(KeyDigest.of(old).hex());
    assertThat(callers("revoke", "shop", "--key", digits).exitCode()).isZero();
    assertThat(knownAs(old)).isEqualTo("nobody");
    assertThat(knownAs(fresh)).isEqualTo("shop");
  }

  @Test
  void anotherKeyOpensWhatTheFirstDoes() {
    String old = added("shop", "--tenants", "t1,s-*", "--rows-per-second", "100", "--burst-s", "2");
    String fresh = added("shop", "--expires", "2999-01-01");
    JsonNode both = Json.read(callers("list", "--json").out(), JsonNode.class);
    for (String right : List.of("roles", "tenants", "quota")) {
      assertThat(both.at("/1/" + right)).isEqualTo(both.at("/0/" + right)).isNotEmpty();
    }
    assertThat(both.at("/1/expires").asText()).isEqualTo("2999-01-01");
    assertThat(List.of(knownAs(old), knownAs(fresh))).containsExactly("shop", "shop");
  }

  @Test
  void whoMayNotScoreNeedsNoTenants() {
    String operator = added("operator", "--roles", "read,admin");
    assertThat(knownAs(operator)).isEqualTo("operator");
    assertThat(callers("list").out()).contains("operator", "read,admin");
  }

  @Test
  void commentsIssuersAndLinksStay() throws IOException {
    Path real = folder.resolve("real.yaml");
    String issuers =
        """
        # Who may ask.
        issuers:
        - name: entra # of the company
          issuer: https://login.example/v2.0
          audiences: [many-models]
          tenants: [tenant1]
        """;
    Files.writeString(real, issuers);
    Files.createSymbolicLink(file(), real);
    String key = added("shop", "--tenants", "*");
    assertThat(Files.isSymbolicLink(file())).isTrue();
    assertThat(Files.readString(real))
        .isEqualTo(
            issuers
                + "callers:\n- name: shop\n  key_sha256: "
                + KeyDigest.of(key).hex()
                + "\n  roles: [score]\n  tenants: ['*']\n");
  }

  @Test
  void jsonStaysJson() throws IOException {
    Files.writeString(file(), "{\"callers\": [], \"issuers\": []}");
    var unused = added("shop", "--tenants", "t1", "--requests-per-second", "2.5");
    JsonNode document = Json.read(Files.readString(file()), JsonNode.class);
    assertThat(document.at("/callers/0/name").asText()).isEqualTo("shop");
    assertThat(document.at("/callers/0/quota/requests_per_second").asDouble()).isEqualTo(2.5);
    assertThat(callers("revoke", "shop").exitCode()).isZero();
    assertThat(Json.read(Files.readString(file()), JsonNode.class).at("/callers")).isEmpty();
  }

  @Test
  void programsReadJson() {
    CommandRun run = callers("add", "shop", "--tenants", "t1,t2", "--json");
    JsonNode added = Json.read(run.out(), JsonNode.class);
    assertThat(knownAs(added.path("key").asText())).isEqualTo("shop");
    assertThat(added.path("key_sha256").asText())
        .isEqualTo(KeyDigest.of(added.path("key").asText()).hex());
    assertThat(
            Json.read(callers("list", "--json").out(), JsonNode.class).at("/0/tenants/1").asText())
        .isEqualTo("t2");
    assertThat(callers("list").out()).contains("shop", "score", "never", "t1,t2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "add shop | --tenants is missing: who may score needs some, or *",
        "add shop --roles score,admin | --tenants is missing",
        "add shop --tenants a/b | --tenants 'a/b': tenants: 'a/b' is not a tenant",
        "add sh/op --tenants a | NAME 'sh/op': expected 1..64 characters",
        "add shop --tenants a --roles root | 'root' is not one of score, read, admin",
        "add shop --tenants a --expires soon | 'soon' is neither 2027-01-31",
        "add shop --tenants a --requests-per-second 0 | 'requests_per_second': 0.0 is not in",
        "add shop --tenants a --requests-per-second many | --requests-per-second",
        "add shop --tenants a --burst-s 2 | --burst-s needs --requests-per-second",
        "revoke shop | there is no such file",
        "list | there is no such file",
        "'' | a command is missing: add, list or revoke",
      })
  void wrongUseIsOneLineAndChangesNothing(String arguments, String complaint) {
    callers(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1))
        .assertFailed(2, complaint);
    assertThat(file()).doesNotExist();
  }

  @Test
  void aCallerThatIsNotThereIsNotRevoked() throws IOException {
    var unused = added("shop", "--tenants", "t1");
    String before = Files.readString(file());
    callers("revoke", "bank").assertFailed(2, "NAME 'bank': no caller has this name");
    callers("revoke", "shop", "--key", "zz").assertFailed(2, "--key 'zz': no key of shop");
    assertThat(Files.readString(file())).isEqualTo(before);
  }

  @Test
  void aFileThatIsWrongIsNotTouched() throws IOException {
    Files.writeString(file(), "callers: [{name: a}]\n");
    callers("add", "shop", "--tenants", "*").assertFailed(2, "caller 'a': key 'tenants': missing");
    assertThat(Files.readString(file())).isEqualTo("callers: [{name: a}]\n");
  }

  @Test
  void aFileHasToBeNamed() {
    CommandRun.of(Map.of(), "callers", "list")
        .assertFailed(2, "--file is missing, and MANY_MODELS_CALLERS is not set");
    CommandRun.of(Map.of("MANY_MODELS_CALLERS", " "), "callers", "list")
        .assertFailed(2, "MANY_MODELS_CALLERS: '' is not a file of callers");
  }
}
