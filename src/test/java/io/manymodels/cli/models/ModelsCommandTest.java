package io.manymodels.cli.models;

import static io.manymodels.testing.Artifacts.tinyOnnx;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.cli.console.ExitCodes;
import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.testing.Parallel;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelsCommandTest {
  @TempDir private Path folder;
  private ModelsRun models;
  private Path model;

  @BeforeEach
  void makeAModel() throws IOException {
    models = new ModelsRun(folder.resolve("models"));
    model = file("model.onnx", tinyOnnx("row_sum"));
  }

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  @Test
  void theFirstVersionIsLiveAndTheNextIsNotUntilItIsPromoted() throws Exception {
    JsonNode first = models.json("publish", "t1", model.toString(), "--description", "a b");
    assertThat(first.toString())
        .startsWith("{\"tenant\":\"t1\",\"version\":1,\"state\":\"published\",\"live\":true,");
    assertThat(models.json("publish", "t1", model.toString()).toString())
        .contains("\"version\":2,", "\"live\":false,\"live_version\":1,");
    assertThat(models.json("list").toString())
        .isEqualTo("{\"tenant\":\"t1\",\"live\":1,\"versions\":2}");
    assertThat(models.json("promote", "t1", "2").toString())
        .startsWith("{\"tenant\":\"t1\",\"live\":2,\"before\":1,\"application\":{");
    assertThat(models.json("rollback", "t1").toString())
        .startsWith("{\"tenant\":\"t1\",\"live\":1,\"before\":2,");
    JsonNode shown = models.json("show", "t1");
    assertThat(shown.path("live").asInt()).isEqualTo(1);
    assertThat(shown.path("versions").get(0).path("description").asText()).isEqualTo("a b");
    assertThat(shown.path("versions").get(0).path("size").asInt())
        .isEqualTo(tinyOnnx("row_sum").length);
    assertThat(shown.path("versions").get(1).path("live").asBoolean()).isFalse();
  }

  @Test
  void aRegistryThatIsNoUriIsAFolder() throws Exception {
    Path other = folder.resolve("my models");
    models.json("publish", "t1", model.toString(), "--registry", other.toString());
    assertThat(other.resolve("t1/1/model.onnx")).exists();
    assertThat(models.json("list", "--registry", other.toUri().toString()).path("tenant").asText())
        .isEqualTo("t1");
  }

  @Test
  void aFolderWithoutAliasKeepsItsLiveVersion() throws Exception {
    models.json("publish", "t1", model.toString());
    models.json("publish", "t1", model.toString(), "--version", "5", "--live");
    Files.delete(models.root().resolve("t1/live"));
    models.json("publish", "t1", model.toString());
    assertThat(models.root().resolve("t1/live")).hasContent("5");
    assertThat(models.json("list", "t1").path("live").asInt()).isEqualTo(5);
  }

  @Test
  void afterTheHighestNumberThereIsNoNext() throws Exception {
    String highest = String.valueOf(ModelVersion.MAX_NUMBER);
    models.json("publish", "t1", model.toString(), "--version", highest);
    ModelsRun.Result result = models.run("publish", "t1", model.toString());
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("t1: no number is left above version " + highest)
        .contains("--version", "models delete t1 " + highest)
        .doesNotContain("is published already");
    models.json("publish", "t1", model.toString(), "--version", "7", "--live");
    models.json("delete", "t1", highest);
    assertThat(models.json("publish", "t1", model.toString()).path("version").asLong())
        .isEqualTo(8);
  }

  @Test
  void whatIsBrokenOrNotTakenIsNamed() throws Exception {
    for (String tenant : List.of("a", "b", "c")) {
      models.json("publish", tenant, model.toString());
    }
    Files.createSymbolicLink(models.root().resolve("a/live"), Path.of("live"));
    Files.move(models.root().resolve("b"), folder.resolve("b"));
    Files.writeString(models.root().resolve("b"), "x");
    Files.createDirectory(models.root().resolve("c/v2"));
    assertThat(models.run("list").out().lines())
        .hasSize(4)
        .anyMatch(line -> line.startsWith("a  no live version  1 version  a: the file live cannot"))
        .contains(
            "c  version 1 live  1 version",
            "not taken: b: a file, not the folder of a tenant",
            "not taken: c/v2: a version is a whole number, as 3 or 20261129074500");
    assertThat(models.run("list", "--json").out())
        .contains("{\"ignored\":\"b\",\"reason\":\"a file, not the folder of a tenant\"}");
    assertThat(models.json("show", "c").path("ignored").get(0).path("ignored").asText())
        .isEqualTo("c/v2");
    assertThat(models.run("show", "c").out()).contains("\n  not taken: c/v2: a version is");
    models.run("show", "b").assertFailed(1, "b: is a file in the registry, not a folder");
    assertThat(models.json("promote", "a", "1").path("live").asLong()).isOne();
    assertThat(models.json("list", "a").path("live").asLong()).isOne();
    Files.move(models.root().resolve("c/1"), models.root().resolve("c/01"));
    models.run("show", "c").assertFailed(1, "'c' has no model; not taken for a version: c/01 (");
  }

  @Test
  void aTimeStampIsAVersion() throws Exception {
    models.json("publish", "t1", model.toString(), "--version", "20261129074500");
    assertThat(models.json("publish", "t1", model.toString(), "--live").toString())
        .contains("\"version\":20261129074501,");
    assertThat(models.json("rollback", "t1").path("live").asLong()).isEqualTo(20261129074500L);
  }

  @Test
  void publishingLiveSaysWhatIsLive() throws Exception {
    models.json("publish", "t1", model.toString());
    ModelsRun.Result result = models.run("publish", "t1", model.toString(), "--live");
    assertThat(result.out()).startsWith("published t1/2 (").contains(" and live; the application");
    assertThat(models.run("publish", "t1", model.toString()).out())
        .endsWith("; version 2 stays live\n");
    assertThat(models.run("publish", "t2", model.toString()).out())
        .contains("and live, as the only version");
  }

  @Test
  void aVersionThatIsTakenIsRefusedAndNothingChanges() throws Exception {
    models.json("publish", "t1", model.toString(), "--version", "3");
    models.json("publish", "t1", model.toString(), "--version", "4");
    ModelsRun.Result again =
        models.run("publish", "t1", model.toString(), "--version", "4", "--live");
    again.assertFailed(1, "t1/4 is published already", models.uri());
    assertThat(models.json("list", "t1").path("live").asInt()).isEqualTo(3);
  }

  @Test
  void publishersThatDoNotNameAVersionAllGetOne() throws Exception {
    assertThat(Parallel.call(6, () -> models.run("publish", "t1", model.toString()).err()))
        .as("complaints")
        .containsOnly("");
    assertThat(models.json("show", "t1").path("versions")).hasSize(6);
    assertThat(models.json("list", "t1").path("live").asInt()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          unknown_operator | NoSuchOperator
          future_opset     | loading failed
          weights_in_etc   | it keeps weights in '/etc/hostname', which is not in its own folder
          no_output        | bad/1
          """)
  void aModelThatWouldNotServeIsRefusedBeforeAnythingIsStored(String name, String reason)
      throws Exception {
    Path bad = file("bad.onnx", tinyOnnx(name));
    models
        .run("publish", "bad", bad.toString())
        .assertFailed(2, "bad/1", reason, "nothing was published", models.uri());
    assertThat(models.root()).doesNotExist();
  }

  @Test
  void bytesThatAreNoModelAreRefusedUnlessTheUserKnowsBetter() throws Exception {
    byte[] whole = tinyOnnx("row_sum");
    Path cut = file("cut.onnx", Arrays.copyOf(whole, whole.length - 9));
    models
        .run("publish", "t1", cut.toString())
        .assertFailed(2, "t1/1: the model is not taken: it ends too early");
    Path text = file("text.onnx", "hello".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    models.run("publish", "t1", text.toString()).assertFailed(2, "t1/1");
    models
        .run("publish", "t1", model.toString(), "--format", "pmml")
        .assertFailed(2, "t1/1: no loader takes the format 'pmml', only [", "onnx");
    ModelsRun.Result unchecked = models.run("publish", "t1", text.toString(), "--no-check");
    assertThat(unchecked.exitCode()).isZero();
    assertThat(unchecked.err())
        .startsWith("many-models: warning: t1/1: the model is not taken: ")
        .containsOnlyOnce("\n");
  }

  @Test
  void aModelThatRefusesZerosIsPublishedWithAWarningOrTriedByItsExample() throws Exception {
    Path picky = file("picky.onnx", tinyOnnx("missing_column"));
    ModelsRun.Result result = models.run("publish", "t1", picky.toString());
    assertThat(result.exitCode()).isZero();
    assertThat(result.err())
        .startsWith("many-models: warning: t1/1: tried with zeros and empty strings, ")
        .contains("--example FILE")
        .containsOnlyOnce("\n");
    Path example = Files.writeString(folder.resolve("e.json"), "[[1, 2, 3]]");
    models
        .run("publish", "t1", picky.toString(), "--example", example.toString())
        .assertFailed(2, "t1/2: it does not answer its own example: ", "nothing was published");
    JsonNode tried =
        models.json("publish", "t1", model.toString(), "--example", example.toString());
    assertThat(tried.path("version").asInt()).isEqualTo(2);
  }

  @Test
  void filesThatAreNoneAreNamed() throws Exception {
    Path empty = file("empty.onnx", new byte[0]);
    Path large = folder.resolve("large.onnx");
    try (RandomAccessFile sparse = new RandomAccessFile(large.toFile(), "rw")) {
      sparse.setLength((512L << 20) + 1);
    }
    for (String[] wrong :
        new String[][] {
          {folder.resolve("nothing").toString(), "there is no such file"},
          {folder.toString(), "it is a folder"},
          {empty.toString(), "it is empty"},
          {large.toString(), "it has 536870913 bytes; at most 536870912 are taken"},
          {"/dev/null", "it is no regular file"}
        }) {
      models
          .run("publish", "t1", wrong[0], "--version", "2")
          .assertFailed(2, "t1/2: the file " + wrong[0] + ": " + wrong[1]);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          publish t1               | TENANT and FILE, or --dir FOLDER, are missing
          publish ../x FILE        | TENANT '../x': a tenant is 1..128 characters
          publish t1 FILE --version 0          | --version '0': expected a whole number in 1..9007199254740991
          publish t1 FILE --version 9007199254740992 | --version '9007199254740992': expected a whole number
          publish t1 FILE --timeout-s 0        | --timeout-s '0'
          publish t1 FILE --url ftp://x        | --url 'ftp://x': expected an http or https URL
          publish t1 --dir x       | --dir FOLDER takes no TENANT
          promote t1               | Missing required parameter: 'VERSION'
          promote t1 latest        | VERSION 'latest'
          rollback t1 --to x       | --to 'x'
          delete t1                | either VERSION or --all is needed
          delete t1 1 --all        | either VERSION or --all is needed
          list a/b                 | TENANT 'a/b'
          nonsense                 | nonsense
          list --registry nowhere:x | --registry 'nowhere:x': scheme 'nowhere' is not one of [
          list --registry file:a   | --registry 'file:a': expected file:/absolute/path
          """)
  void wrongUseIsOneLineAndExitCode2(String arguments, String message) {
    String[] each = arguments.replace("FILE", model.toString()).split(" ", -1);
    models.run(each).assertFailed(2, message);
    assertThat(models.root()).doesNotExist();
  }

  @Test
  void withoutARegistryTheVariableIsNamed() {
    models.without("MANY_MODELS_REGISTRY").run("list").assertFailed(2, "MANY_MODELS_REGISTRY");
    new ModelsRun(folder.resolve("other"))
        .with("MANY_MODELS_REGISTRY", "file:/nowhere/at/all")
        .run("list")
        .assertFailed(1, "file:/nowhere/at/all");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "show nobody",
        "list nobody",
        "rollback nobody",
        "delete nobody --all",
        "promote nobody 1"
      })
  void aTenantThatIsNotThereIsNamed(String arguments) throws Exception {
    models.json("publish", "t1", model.toString());
    models.run(arguments.split(" ", -1)).assertFailed(1, "nobody", models.uri());
  }

  @Test
  void versionsThatAreNotThereAreNamed() throws Exception {
    models.json("publish", "t1", model.toString());
    models.run("promote", "t1", "9").assertFailed(1, "t1/9", models.uri());
    models.run("show", "t1", "9").assertFailed(1, "t1/9", models.uri());
    models.run("delete", "t1", "9").assertFailed(1, "t1/9", models.uri());
    models.run("rollback", "t1", "--to", "9").assertFailed(1, "t1: version 9 is not below");
    models.run("rollback", "t1").assertFailed(1, "t1: there is no version below the live one, 1");
  }

  @Test
  void deletingLeavesTheLiveVersionUnlessAllIsAskedFor() throws Exception {
    for (int i = 0; i < 3; i++) {
      models.json("publish", "t1", model.toString(), "--live");
    }
    models.run("delete", "t1", "3").assertFailed(1, "t1/3 is live", models.uri());
    assertThat(models.json("delete", "t1", "2").toString())
        .isEqualTo("{\"tenant\":\"t1\",\"version\":2,\"versions\":1}");
    assertThat(models.json("rollback", "t1").path("live").asInt()).isEqualTo(1);
    assertThat(models.json("delete", "t1", "--all").path("versions").asInt()).isEqualTo(2);
    assertThat(models.run("list").out()).isEmpty();
  }

  @Test
  void whatIsBrokenIsShownAndCanBeRepaired() throws Exception {
    models.json("publish", "t1", model.toString());
    models.json("publish", "t1", model.toString());
    Files.writeString(models.root().resolve("t1/live"), "7");
    Files.writeString(models.root().resolve("t1/2/metadata.json"), "{");
    assertThat(models.json("list").path("error").asText()).contains("names version 7");
    JsonNode shown = models.json("show", "t1");
    assertThat(shown.path("error").asText()).contains("names version 7");
    assertThat(shown.path("versions").get(1).path("error").asText()).contains("metadata.json");
    models.run("rollback", "t1").assertFailed(1, "names version 7");
    assertThat(models.json("rollback", "t1", "--to", "1").path("live").asInt()).isEqualTo(1);
    assertThat(models.run("show", "t1").out()).contains("* 1 (live)  onnx  ", "\n  2  ");
  }

  @Test
  void manyTenantsAreALineEach() throws Exception {
    for (String tenant : List.of("b", "a", "c")) {
      models.json("publish", tenant, model.toString());
    }
    assertThat(models.run("list").out())
        .isEqualTo(
            Stream.of("a", "b", "c")
                .map(name -> name + "  version 1 live  1 version\n")
                .reduce("", String::concat));
    assertThat(models.run("list", "--json").out().lines()).hasSize(3);
  }

  @Test
  void helpNamesTheCommands() {
    ModelsRun.Result help = models.run("--help");
    assertThat(help.exitCode()).isZero();
    assertThat(help.out()).contains("publish", "list", "show", "promote", "rollback", "delete");
    assertThat(models.run("publish", "--help").out()).contains("--no-check", "--registry");
  }

  @ParameterizedTest
  @EnumSource(ErrorCode.class)
  void everyErrorHasAnExitCode(ErrorCode code) {
    assertThat(ExitCodes.of(code)).isIn(1, 2);
  }

  @Test
  void secretsInAnAddressAreNotRepeated() {
    ModelsRun.Result result =
        models.run("list", "--registry", "redis://user:secret@host/0?key=secret");
    result.assertFailed(2, "redis://host/0");
    assertThat(result.err()).doesNotContain("secret");
    assertThat(Json.write(result.out())).doesNotContain("secret");
  }
}
