package io.manymodels;

import static io.manymodels.testing.Artifacts.tinyOnnx;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.manymodels.testing.RedisServer;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar runs with nothing but Java. Runs in the phase verify, when the jar is packed. */
@Tag("packaged")
class SelfContainedJarTest {
  private static final Path JAR = Path.of("target/many-models.jar");
  private static final String SLF4J = "io.manymodels.shaded.slf4j";

  @TempDir private Path folder;

  @BeforeAll
  static void isPacked() {
    assumeTrue(Files.exists(JAR), "there is no packed jar; mvn verify makes it");
  }

  @Test
  void hasTheLibrariesOfEveryPlatformWithoutDebugSymbols() throws IOException {
    assertThat(names())
        .contains(
            "ai/onnxruntime/native/linux-aarch64/libonnxruntime.so",
            "ai/onnxruntime/native/linux-x64/libonnxruntime.so",
            "ai/onnxruntime/native/osx-aarch64/libonnxruntime.dylib",
            "ai/onnxruntime/native/win-x64/onnxruntime.dll")
        .noneMatch(name -> name.contains(".dSYM") || name.endsWith(".pdb"));
  }

  @Test
  void hasNoSlf4jUnderTheNameThatRaysHas() throws IOException {
    assertThat(names())
        .contains("META-INF/services/" + SLF4J + ".spi.SLF4JServiceProvider")
        .noneMatch(name -> name.startsWith("org/slf4j/") || name.contains("services/org.slf4j"));
  }

  @Test
  void whatLibrariesLogGoesToTheLogOfTheJdk() throws Exception {
    URL[] jar = {JAR.toUri().toURL()};
    try (URLClassLoader alone = new URLClassLoader(jar, ClassLoader.getPlatformClassLoader())) {
      // slf4j looks for what it logs by with the thread's class loader.
      Thread thread = Thread.currentThread();
      ClassLoader before = thread.getContextClassLoader();
      thread.setContextClassLoader(alone);
      try {
        Object logger =
            alone
                .loadClass(SLF4J + ".LoggerFactory")
                .getMethod("getLogger", String.class)
                .invoke(null, "com.azure.X");
        assertThat(logger.getClass().getName()).isEqualTo(SLF4J + ".jul.JDK14LoggerAdapter");
      } finally {
        thread.setContextClassLoader(before);
      }
    }
  }

  @Test
  void isStartedByItsNameAlone() throws Exception {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      Attributes manifest = jar.getManifest().getMainAttributes();
      assertThat(manifest.getValue(Attributes.Name.MAIN_CLASS)).isEqualTo("io.manymodels.cli.Main");
      assertThat(manifest.getValue("Enable-Native-Access")).isEqualTo("ALL-UNNAMED");
    }
    Path model = Files.write(folder.resolve("m.onnx"), tinyOnnx("row_sum"));
    // Loads the model with ONNX Runtime, and announces it by Redis.
    try (RedisServer redis = RedisServer.start(folder)) {
      Map<String, String> stores =
          Map.of(
              "MANY_MODELS_REGISTRY",
              folder.resolve("registry").toUri().toString(),
              "MANY_MODELS_WARM",
              "redis://127.0.0.1:" + redis.port());
      Files.createDirectory(folder.resolve("registry"));
      run(stores, "models", "publish", "tenant1", model.toString(), "--live");
      run(stores, "models", "publish", "tenant1", model.toString(), "--live");
      assertThat(run(stores, "models", "list")).contains("tenant1", "version 2");
    }
  }

  /** What the command prints; nothing on stderr, and exit code 0. */
  private String run(Map<String, String> environment, String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-jar", JAR.toAbsolutePath().toString()));
    command.addAll(List.of(words));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("MANY_MODELS_"));
    builder.environment().remove("CLASSPATH");
    builder.environment().putAll(environment);
    int exitCode =
        builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start().waitFor();
    assertThat(Files.readString(err)).isEmpty();
    assertThat(exitCode).isZero();
    return Files.readString(out);
  }

  private static List<String> names() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      return jar.stream().map(JarEntry::getName).toList();
    }
  }
}
