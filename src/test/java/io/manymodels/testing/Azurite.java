package io.manymodels.testing;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A real Azurite, Microsoft's emulator of Azure Blob Storage, in memory and on a free port. It is
 * found by the system property {@code mm.azurite}, else where {@code ./many-models} puts it, else
 * by the environment's {@code MM_AZURITE}. Without one a test is aborted, or fails when {@code
 * mm.requireBackends} is true.
 */
public final class Azurite implements AutoCloseable {
  /** Azurite's own account and key, which its documentation gives to everybody. */
  public static final String ACCOUNT = "devstoreaccount1";

  public static final String KEY =
      "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

  private static final Path INSTALLED =
      Path.of(".runtime/backends/azurite/node_modules/.bin/azurite-blob");
  private static @Nullable Azurite shared;

  private final List<String> extra;
  private final int port;
  private Process process;

  private Azurite(List<String> extra) {
    this.extra = extra;
    this.port = freePort();
    this.process = startProcess();
  }

  /** The one of this JVM; ends with it. */
  public static synchronized Azurite shared() {
    if (shared == null) {
      Azurite started = start();
      Runtime.getRuntime().addShutdownHook(new Thread(started::close));
      shared = started;
    }
    return shared;
  }

  /** One of its own, for tests that stop it, with more arguments. */
  public static Azurite start(String... extra) {
    return new Azurite(List.of(extra));
  }

  /** The endpoint of the account, as the query of a URI takes it. */
  public String endpoint() {
    return "http://127.0.0.1:" + port + "/" + ACCOUNT;
  }

  /** The same by TLS. */
  public String tlsEndpoint() {
    return "https://localhost:" + port + "/" + ACCOUNT;
  }

  /** Ends it as a crash does; what it held is lost. */
  public void stop() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        fail("Azurite does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Starts it again, empty, on the same port. */
  public void restart() {
    process = startProcess();
  }

  @Override
  public void close() {
    stop();
  }

  private Process startProcess() {
    List<String> command = new ArrayList<>(List.of(executable().toString()));
    command.addAll(
        List.of(
            "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck", "--silent"));
    command.addAll(List.of("--blobHost", "127.0.0.1", "--blobPort", Integer.toString(port)));
    command.addAll(extra);
    try {
      Process started =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(new File("target/azurite-" + port + ".log"))
              .start();
      Eventually.holds("Azurite listens on port " + port, () -> listens(started));
      return started;
    } catch (IOException e) {
      throw new IllegalStateException("Azurite does not start", e);
    }
  }

  private boolean listens(Process started) {
    if (!started.isAlive()) {
      fail("Azurite ended; see target/azurite-" + port + ".log");
    }
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  private static Path executable() {
    List<String> places = new ArrayList<>();
    for (@Nullable String named :
        new String[] {
          System.getProperty("mm.azurite"), INSTALLED.toString(), System.getenv("MM_AZURITE")
        }) {
      if (named != null && !named.isEmpty()) {
        if (Files.isExecutable(Path.of(named))) {
          return Path.of(named).toAbsolutePath();
        }
        places.add(named);
      }
    }
    String cause = "there is no Azurite (npm's azurite) at " + places;
    if (Boolean.getBoolean("mm.requireBackends")) {
      return fail(cause);
    }
    return abort(cause);
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
