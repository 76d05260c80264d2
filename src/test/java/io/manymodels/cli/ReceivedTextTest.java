package io.manymodels.cli;

import static io.manymodels.testing.Artifacts.tinyOnnx;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.manymodels.cli.console.BadInputException;
import io.manymodels.cli.models.ModelsRun;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On JVMs of their own, for a JVM takes the charset of its locale once, when it starts. */
class ReceivedTextTest {
  private static final String NAME = "K\\303\\266ln \\360\\237\\215\\272";

  @TempDir private Path folder;

  @BeforeEach
  void makeAModel() throws IOException {
    Files.write(folder.resolve("m.onnx"), tinyOnnx("row_sum"));
  }

  /** The words are bash's, so that the bytes of an argument are not those of this JVM's charset. */
  private ModelsRun.Result run(Map<String, String> environment, String words) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String command =
        "exec %s -XX:+UseSerialGC -cp \"$TEST_PATH\" %s models %s"
            .formatted(java, Main.class.getName(), words);
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", command);
    builder.directory(folder.toFile());
    builder.environment().put("TEST_PATH", classPath());
    builder.environment().keySet().removeIf(name -> name.startsWith("LC_"));
    builder.environment().putAll(environment);
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    int exitCode = process.waitFor();
    return new ModelsRun.Result(exitCode, Files.readString(out), Files.readString(err));
  }

  private static String classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  @ParameterizedTest
  @ValueSource(strings = {"C", "POSIX"})
  void aTextThatDidNotArriveIsRefusedAndNothingIsStored(String locale) throws Exception {
    ModelsRun.Result result =
        run(
            Map.of("LC_ALL", locale),
            "publish t1 m.onnx --registry file:$PWD/r --description $'" + NAME + "'");
    result.assertFailed(2, "argument 8 is not plain ASCII", "set LC_ALL=C.UTF-8");
    assertThat(folder.resolve("r")).doesNotExist();
  }

  @Test
  void aUtf8LocaleStoresTextAndReadsPathsAsTheyWereGiven() throws Exception {
    String published =
        "publish t1 $'%s/m.onnx' --registry file:$PWD/r --description $'%s'".formatted(NAME, NAME);
    Map<String, String> utf8 = Map.of("LC_ALL", "C.UTF-8");
    List<String> move = List.of("bash", "-c", "mkdir $'" + NAME + "' && mv m.onnx $'" + NAME + "'");
    assertThat(new ProcessBuilder(move).directory(folder.toFile()).start().waitFor()).isZero();
    ModelsRun.Result result = run(utf8, published);
    assertThat(result.err()).isEmpty();
    String metadata =
        Files.readString(folder.resolve("r/t1/1/metadata.json"), StandardCharsets.UTF_8);
    assertThat(metadata).contains("K\u00f6ln \ud83c\udf7a");
  }

  @Test
  void bytesThatAreNoUtf8AreRefused() throws Exception {
    ModelsRun.Result result =
        run(
            Map.of("LC_ALL", "C.UTF-8"),
            "publish t1 m.onnx --registry file:$PWD/r --description $'K\\366ln'");
    result.assertFailed(2, "argument 8 is not plain ASCII and not UTF-8");
  }

  @Test
  void variablesOfTheApplicationAreCheckedToo() {
    String own = "MANY_MODELS_REGISTRY";
    assertThatThrownBy(() -> ReceivedText.require(new String[0], Map.of(own, "file:/K\ufffdln")))
        .isInstanceOf(BadInputException.class)
        .hasMessageStartingWith(own + " is not plain ASCII");
    ReceivedText.require(new String[] {"list"}, Map.of("PS1", "\ufffd"));
  }

  @Test
  void onWindowsTheLocaleIsNoRemedy() {
    assertThat(ReceivedText.remedy("Windows 11")).contains("regional settings");
    assertThat(ReceivedText.remedy("Mac OS X")).contains("LC_ALL=C.UTF-8");
  }
}
