package io.manymodels.adapter.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.manymodels.cli.Main;
import io.manymodels.config.Environment;
import io.manymodels.inference.LoaderUnavailableException;
import io.manymodels.inference.ModelLoader;
import io.manymodels.stores.Stores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JVMs that cannot load ONNX Runtime: each says why and what helps, in one line. */
class NativeLibraryTest {
  private static final String ANOTHER_FOLDER =
      "; name another folder by -Djava.io.tmpdir=FOLDER, or that of the unpacked library by"
          + " -Donnxruntime.native.path=FOLDER";

  @TempDir private Path folder;

  /** Asks twice for loaders, as a process does that goes on in spite of the first failure. */
  static final class Starting {
    private Starting() {}

    public static void main(String[] arguments) {
      for (int i = 0; i < 2; i++) {
        try {
          new Stores(Environment.empty()).loaders();
          System.out.println("loaded");
        } catch (LoaderUnavailableException e) {
          System.out.println(e.getMessage());
        }
      }
    }
  }

  /** What a JVM prints, and its exit code as the last line. */
  private static List<String> run(List<String> options, String... main) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path")));
    command.addAll(options);
    command.addAll(List.of(main));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> lines =
        new ArrayList<>(
            new String(process.getInputStream().readAllBytes(), UTF_8)
                .lines()
                .filter(line -> !line.contains("stack guard") && !line.contains("execstack"))
                .toList());
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    lines.add("exit code " + process.exitValue());
    return lines;
  }

  private static List<String> start(String... options) throws Exception {
    List<String> lines = run(List.of(options), Starting.class.getName());
    assertThat(lines).hasSize(3).last().isEqualTo("exit code 0");
    return lines.subList(0, 2);
  }

  private static void assertTold(List<String> lines, String message) {
    assertThat(lines).containsExactly(message, message);
  }

  private static String cannotLoad(Path from, String reason) {
    return "ONNX Runtime's native library cannot be loaded from " + from + ": " + reason;
  }

  @Test
  void anOrdinaryFolderWillDo() throws Exception {
    assertThat(start("-Djava.io.tmpdir=" + folder)).containsExactly("loaded", "loaded");
  }

  @Test
  void aFolderThatIsNotThere() throws Exception {
    Path none = folder.resolve("none");
    assertTold(
        start("-Djava.io.tmpdir=" + none),
        cannotLoad(none, "the folder does not exist" + ANOTHER_FOLDER));
  }

  @Test
  void aReadOnlyFileSystem() throws Exception {
    mounted(
        "ro",
        mount ->
            assertTold(
                start("-Djava.io.tmpdir=" + mount),
                cannotLoad(mount, "Read-only file system" + ANOTHER_FOLDER)));
  }

  @Test
  void aFileSystemWithoutRoom() throws Exception {
    mounted(
        "size=8m",
        mount ->
            assertTold(
                start("-Djava.io.tmpdir=" + mount),
                cannotLoad(mount, "No space left on device" + ANOTHER_FOLDER)));
  }

  @Test
  void aFileSystemFromWhichNothingMayBeRun() throws Exception {
    mounted(
        "noexec",
        mount ->
            assertTold(
                start("-Djava.io.tmpdir=" + mount),
                cannotLoad(
                    mount,
                    "no program may be run from there, its file system is mounted noexec"
                        + ANOTHER_FOLDER)));
  }

  @Test
  void aSystemForWhichThereIsNoLibrary() throws Exception {
    String remedy = "; name the folder of one by -Donnxruntime.native.path=FOLDER";
    for (String machine : List.of("riscv64", "ppc64le")) {
      assertTold(
          start("-Djava.io.tmpdir=" + folder, "-Dos.arch=" + machine),
          cannotLoad(
              folder,
              "there is none for " + System.getProperty("os.name") + " on " + machine + remedy));
    }
  }

  @Test
  void aNamedFolderWithoutTheLibrary() throws Exception {
    assertThat(start("-Donnxruntime.native.path=" + folder))
        .hasSize(2)
        .allSatisfy(
            line ->
                assertThat(line)
                    .startsWith(cannotLoad(folder, "Native library 'onnxruntime' not found at "))
                    .endsWith(
                        "; name the folder of the library by -Donnxruntime.native.path=FOLDER, or"
                            + " none"));
  }

  @Test
  void aFileThatIsNoLibrary() throws Exception {
    Files.writeString(folder.resolve(System.mapLibraryName("onnxruntime")), "a text");
    assertThat(start("-Donnxruntime.native.path=" + folder))
        .hasSize(2)
        .allSatisfy(line -> assertThat(line).startsWith(cannotLoad(folder, "file too short; ")));
  }

  /** What glibc says is the same as for a noexec mount; that there is memory cannot be forced. */
  @Test
  void wantOfMemory() {
    Path library = folder.resolve("onnxruntime-java1/libonnxruntime.so");
    assertThat(
            NativeLibrary.message(
                new UnsatisfiedLinkError(
                    library + ": " + library + ": failed to map segment from shared object"),
                null,
                folder))
        .isEqualTo(
            cannotLoad(
                folder,
                "failed to map segment from shared object, most likely for want of memory; give"
                    + " the process more"));
  }

  @Test
  void aCommandEndsWithThatLineAsTheEnvironmentsFault() throws Exception {
    Path none = folder.resolve("none");
    assertThat(
            run(
                List.of("-Djava.io.tmpdir=" + none),
                Main.class.getName(),
                "models",
                "publish",
                "--dir=" + folder,
                "--registry=" + folder.resolve("registry")))
        .containsExactly(
            "many-models: " + cannotLoad(none, "the folder does not exist" + ANOTHER_FOLDER),
            "exit code 1");
  }

  @Test
  void aLoaderOfSomebodyElseThatCannotBeUsed() throws Exception {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(services.resolve(ModelLoader.class.getName()), "org.example.Misspelled");
    assertThat(start("-Xbootclasspath/a:" + folder))
        .allSatisfy(
            line ->
                assertThat(line)
                    .startsWith("a model loader cannot be used: ")
                    .contains("org.example.Misspelled not found"));
  }

  private interface Use {
    void of(Path mount) throws Exception;
  }

  private void mounted(String options, Use use) throws Exception {
    Path mount = Files.createDirectory(folder.resolve("mount"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", options, "many-models-test", mount.toString()) == 0,
        "cannot mount a file system");
    try {
      use.of(mount);
    } finally {
      assertThat(run("umount", "--lazy", mount.toString())).isZero();
    }
  }

  private static int run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }
}
