package io.manymodels.cli.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.manymodels.cli.Main;
import io.manymodels.cli.models.ModelsRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FleetCommandTest {
  @TempDir private Path folder;

  private static ModelsRun.Result fleet(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] all = new String[arguments.length + 1];
    all[0] = "fleet";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    int exitCode = Main.run(all, new PrintWriter(out), new PrintWriter(err));
    return new ModelsRun.Result(exitCode, out.toString(), err.toString());
  }

  private static Map<String, byte[]> files(Path root) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(root.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  @Test
  void theSameCommandMakesTheSameRegistry() throws Exception {
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    assertThat(fleet(one.toString(), "--tenants", "6", "--seed", "4").out())
        .isEqualTo("made 6 tenants in " + one + "\n");
    fleet(two.toString(), "--tenants", "6", "--seed", "4");
    Map<String, byte[]> files = files(one);
    assertThat(files.keySet()).contains("tenant6/1/model.onnx", "tenant6/1/metadata.json");
    assertThat(files(two))
        .hasSameSizeAs(files)
        .allSatisfy((name, bytes) -> assertThat(bytes).as(name).isEqualTo(files.get(name)));
  }

  @Test
  void whatItMakesIsARegistryAndCanBeMadeANewVersionOf() throws Exception {
    Path root = folder.resolve("root");
    fleet(root.toString(), "--tenants", "3", "--kind", "version", "--prefix", "f-");
    fleet(
        root.toString(), "--tenants", "2", "--kind", "version", "--prefix", "f-", "--version", "2");
    ModelsRun models = new ModelsRun(root);
    assertThat(models.run("list").out())
        .isEqualTo(
            """
            f-1  version 2 live  2 versions
            f-2  version 2 live  2 versions
            f-3  version 1 live  1 version
            """);
    fleet(root.toString(), "--tenants", "1", "--prefix", "g-", "--version", "2");
    fleet(root.toString(), "--tenants", "1", "--prefix", "g-");
    assertThat(models.run("list", "g-1").out()).contains("version 1 live  2 versions");
    ModelsRun copy = new ModelsRun(folder.resolve("copy"));
    assertThat(copy.run("publish", "--dir", root.toString()).exitCode()).isZero();
    fleet(root.toString(), "--tenants", "3", "--prefix", "f-")
        .assertFailed(1, "f-", "/1 is published");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --tenants 0    | --tenants '0'
          --kind tree    | --kind 'tree': expected one of [linear, forest, mixed, version]
          --seed x       | --seed 'x'
          --version 0    | --version '0'
          --prefix a/    | --prefix 'a/'
          --unknown      | Unknown option
          """)
  void wrongUseIsOneLineAndExitCode2(String arguments, String message) {
    String[] all = (folder.resolve("root") + " " + arguments).split(" ", -1);
    fleet(all).assertFailed(2, message);
    assertThat(folder.resolve("root")).doesNotExist();
  }

  @Test
  void theHelpNamesTheDefaults() {
    StringWriter out = new StringWriter();
    int exitCode =
        Main.run(
            new String[] {"fleet", "--help"},
            new PrintWriter(out),
            new PrintWriter(new StringWriter()));
    assertThat(exitCode).isZero();
    assertThat(out.toString())
        .contains("Random seed (default 1).", "Number of tenants (default 10000).")
        .contains("Kind of model: linear, forest, mixed, version (default")
        .doesNotContain("DEFAULT-VALUE", "null");
  }
}
