package io.manymodels.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A real redis-server on a free port of this machine, with its data in a folder of the test's. Ends
 * with the JVM at the latest.
 */
public final class RedisServer implements AutoCloseable {
  private static final int ATTEMPTS = 3;

  private final Path folder;
  private final List<String> command;
  private final String scheme;
  private final int port;
  private Process process;

  private RedisServer(Path folder, String scheme, int port, List<String> options) {
    this.folder = folder;
    this.scheme = scheme;
    this.port = port;
    this.command = new ArrayList<>();
    command.add(
        Backends.executable("mm.redisServer", "redis/usr/bin/redis-server", "redis-server")
            .toString());
    command.addAll(List.of("--bind", "127.0.0.1", "--dir", folder.toString(), "--save", ""));
    command.addAll(options);
    this.process = launch();
  }

  /** Without TLS; the options are those of redis-server, as {@code --maxmemory 8mb}. */
  public static RedisServer start(Path folder, String... options) {
    return start(folder, "redis", List.of("--port"), options);
  }

  /** With TLS alone. */
  public static RedisServer startWithTls(Path folder, TestCertificates tls, String... options) {
    List<String> port =
        List.of(
            "--tls-cert-file",
            tls.certificate().toString(),
            "--tls-key-file",
            tls.key().toString(),
            "--tls-ca-cert-file",
            tls.authority().toString(),
            "--tls-auth-clients",
            "no",
            "--port",
            "0",
            "--tls-port");
    return start(folder, "rediss", port, options);
  }

  private static RedisServer start(
      Path folder, String scheme, List<String> portOption, String... options) {
    // Somebody else may take the port that was free a moment ago.
    for (int attempt = 1; ; attempt++) {
      int port = freePort();
      List<String> all = new ArrayList<>(portOption);
      all.add(Integer.toString(port));
      Collections.addAll(all, options);
      try {
        return new RedisServer(folder, scheme, port, all);
      } catch (IllegalStateException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  public int port() {
    return port;
  }

  /** The server's URI with this query, as {@code prefix=a:}. */
  public URI uri(String query) {
    return URI.create(scheme + "://localhost:" + port + "/0?" + query);
  }

  /** As kill -9. */
  public void kill() {
    process.destroyForcibly();
    await(process);
  }

  /** Starts the server anew on the same port with the same folder. */
  public void restart() {
    process = launch();
  }

  /** The server takes connections and answers nothing, until {@link #resume}. */
  public void freeze() {
    signal("-STOP");
  }

  public void resume() {
    signal("-CONT");
  }

  @Override
  public void close() {
    kill();
  }

  private Process launch() {
    Path log = folder.resolve("redis.log");
    Process started;
    try {
      started =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
    Eventually.holds("redis-server starts", () -> !started.isAlive() || isUp());
    if (!started.isAlive()) {
      throw new IllegalStateException(command + " ended: " + read(log));
    }
    return started;
  }

  /** With TLS whether it listens, else whether it has loaded its data and answers. */
  private boolean isUp() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
      if (scheme.equals("rediss")) {
        return true;
      }
      socket.setSoTimeout(1_000);
      socket.getOutputStream().write("PING\r\n".getBytes(US_ASCII));
      return !new String(socket.getInputStream().readNBytes(4), US_ASCII).equals("-LOA");
    } catch (IOException e) {
      return false;
    }
  }

  private void signal(String signal) {
    try {
      await(new ProcessBuilder("kill", signal, Long.toString(process.pid())).start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void await(Process ending) {
    try {
      if (!ending.waitFor(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException(ending + " does not end");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
