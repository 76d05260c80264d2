package io.manymodels.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The application in a process of its own, run from the jar. */
final class OneProcessRoot implements Root, AutoCloseable {
  private static final Path DEMO = Path.of("deploy", "demo", "rayservice.yaml");
  private static final Path MODELS = Path.of("models");
  private static final String CONFIG = "--config";
  private static final String TOKEN = "token-of-a-test";
  private static final String UP = "Many Models Serving is up";
  private static final String TAKEN = "has changed and was read";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Made when the first test asks for it. */
  private static final class Holder {
    static final OneProcessRoot RUNNING = start(demo(ownFolder()));
  }

  private final Serve serve;
  private final URI base;
  private final int grpcPort = freePort();
  private Process process;

  private OneProcessRoot(Serve serve) {
    int port = freePort();
    this.serve =
        serve
            .option("--port", port)
            .option("--grpc-port", grpcPort)
            .variable("MANY_MODELS_ADMIN_TOKEN", TOKEN);
    this.base = URI.create("http://127.0.0.1:" + port);
    this.process = launch();
  }

  /** The one that tests share; it ends with this JVM. */
  static OneProcessRoot running() {
    return Holder.RUNNING;
  }

  /**
   * Starts it, and returns when requests are answered.
   *
   * @param serve the command, whose port does not count
   */
  static OneProcessRoot start(Serve serve) {
    return new OneProcessRoot(serve);
  }

  /** The command that serves the demo, from copies that tests may change, in a fresh folder. */
  static Serve demo(Path folder) {
    Path whole = folder.toAbsolutePath();
    try {
      if (Files.exists(whole)) {
        try (Stream<Path> old = Files.walk(whole)) {
          for (Path file : old.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
      Files.createDirectories(whole);
      copy(MODELS, whole.resolve("models"));
      Path config = Files.copy(DEMO, whole.resolve("rayservice.yaml"));
      // As `up` has it.
      String cache = whole.resolve("node-cache").toUri() + "?mib=64";
      return Serve.in(whole).option(CONFIG, config).variable("MANY_MODELS_NODE_CACHE", cache);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  /** JVMs that test side by side have one each. */
  private static Path ownFolder() {
    return Path.of(System.getProperty("mm.oneProcessFolder", "target/one-process"));
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Process launch() {
    Process started = serve.start();
    Await.until(
        "it is up, or has ended", PATIENCE, () -> !started.isAlive() || serve.said().contains(UP));
    if (!started.isAlive()) {
      throw new AssertionError("it ended: " + serve.complaints());
    }
    return started;
  }

  @Override
  public URI base() {
    return base;
  }

  @Override
  public String grpc() {
    return "127.0.0.1:" + grpcPort;
  }

  @Override
  public Path folder() {
    return serve.folder();
  }

  @Override
  public String token() {
    return TOKEN;
  }

  @Override
  public int dispatchers() {
    return 1;
  }

  @Override
  public SortedMap<String, SortedSet<Long>> processes() {
    return new TreeMap<>(Map.of("one process", new TreeSet<>(List.of(process.pid()))));
  }

  /** The lines that it has written to stderr since it was started last. */
  List<String> complaints() {
    return serve.complaints();
  }

  /** The configuration file. */
  Path config() {
    return Path.of(serve.options().get(CONFIG));
  }

  @Override
  public void configure(Map<String, String> userConfigs) {
    var changed = Answer.JSON.createObjectNode();
    changed
        .putArray("applications")
        .add(ServeConfig.with(ServeConfig.ofRayService(initialConfiguration()), userConfigs));
    configure(changed.toString());
  }

  @Override
  public void restoreConfiguration() {
    if (!read(config()).equals(initialConfiguration())) {
      configure(initialConfiguration());
    }
  }

  private void configure(String text) {
    long taken = taken();
    replaceConfiguration(text);
    Await.until("the file is in force", PATIENCE, () -> taken() > taken);
  }

  private long taken() {
    return complaints().stream().filter(line -> line.contains(TAKEN)).count();
  }

  private static String initialConfiguration() {
    return read(DEMO);
  }

  /** Writes the configuration file, and waits for nothing. */
  void replaceConfiguration(String text) {
    try {
      Path fresh = Files.writeString(config().resolveSibling("rayservice.new"), text);
      Files.move(fresh, config(), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void awaitReady() {
    Application application = Application.of(this);
    Await.until("it is ready", PATIENCE, () -> application.get("/-/ready").status() == 200);
  }

  @Override
  public void kill(String deployment) {
    kill();
    restart();
  }

  /** As kill -9. */
  Serve.Ended kill() {
    process.destroyForcibly();
    return ended();
  }

  /** Sends SIGTERM, and waits for nothing. */
  void terminate() {
    process.destroy();
  }

  /** Waits for its end. */
  Serve.Ended ended() {
    return serve.ended(process);
  }

  /** Starts it again as it was started first; it must have ended. */
  void restart() {
    process = launch();
  }

  @Override
  public void close() {
    Serve.Ended unused = kill();
  }
}
