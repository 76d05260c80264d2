package io.manymodels.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A closed-loop load generator: each connection sends its next request when it has the answer to
 * the last one. One process serves a whole bench, so that its code is compiled when it matters.
 *
 * <p>Reads commands from standard input, one a line, fields separated by tabs, and prints one line
 * of JSON for each:
 *
 * <pre>port  method  path  connections  seconds  requests  request-body-file  expected-body-file
 * </pre>
 *
 * A command ends after the seconds, or when all connections together have sent the requests (0: no
 * such limit). An answer other than 200 with exactly the expected body is an error, and no error is
 * in the latencies. Ends with its input.
 */
public final class LoadClient {
  private static final int FIELDS = 8;
  private static final int MOST_ERRORS = 100;

  private final InetSocketAddress server;
  private final byte[] request;
  private final byte[] expected;
  private final long deadlineNanos;
  private final long requestsEach;

  private LoadClient(Command command) throws IOException {
    server = new InetSocketAddress("127.0.0.1", command.port);
    request = request(command);
    expected = Files.readAllBytes(command.expectedFile);
    deadlineNanos = System.nanoTime() + (long) (command.seconds * 1e9);
    requestsEach =
        command.requests == 0
            ? Long.MAX_VALUE
            : Math.max(1, command.requests / command.connections);
  }

  private record Command(
      int port,
      String method,
      String path,
      int connections,
      double seconds,
      long requests,
      Path bodyFile,
      Path expectedFile) {

    static Command parse(String line) {
      String[] fields = line.split("\t", -1);
      if (fields.length != FIELDS) {
        throw new IllegalArgumentException("expected " + FIELDS + " fields, got " + fields.length);
      }
      return new Command(
          Integer.parseInt(fields[0]),
          fields[1],
          fields[2],
          Integer.parseInt(fields[3]),
          Double.parseDouble(fields[4]),
          Long.parseLong(fields[5]),
          Path.of(fields[6]),
          Path.of(fields[7]));
    }
  }

  /** What one connection saw. */
  private static final class Seen {
    final Histogram latencies = new Histogram();
    long errors;
    String firstError = "";

    void error(String text) {
      if (errors++ == 0) {
        firstError = text;
      }
    }
  }

  /** Runs commands until the input ends. */
  public static void main(String[] arguments) throws Exception {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      for (String line = commands.readLine(); line != null; line = commands.readLine()) {
        Command command = Command.parse(line);
        System.out.println(run(command, threads));
        System.out.flush();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static String run(Command command, ExecutorService threads) throws Exception {
    LoadClient client = new LoadClient(command);
    List<Callable<Seen>> loops = new ArrayList<>();
    for (int i = 0; i < command.connections; i++) {
      loops.add(client::loop);
    }
    long started = System.nanoTime();
    List<Future<Seen>> done = threads.invokeAll(loops);
    double seconds = (System.nanoTime() - started) / 1e9;
    Seen all = new Seen();
    for (Future<Seen> future : done) {
      Seen seen = future.get();
      all.latencies.add(seen.latencies);
      all.firstError = all.firstError.isEmpty() ? seen.firstError : all.firstError;
      all.errors += seen.errors;
    }
    return json(all, seconds);
  }

  private static String json(Seen seen, double seconds) {
    Histogram latencies = seen.latencies;
    return String.format(
        Locale.ROOT,
        "{\"seconds\":%.4f,\"requests\":%d,\"errors\":%d,\"rate\":%.2f,"
            + "\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,\"first_error\":\"%s\"}",
        seconds,
        latencies.count(),
        seen.errors,
        latencies.count() / seconds,
        latencies.quantile(0.5) / 1e3,
        latencies.quantile(0.9) / 1e3,
        latencies.quantile(0.99) / 1e3,
        latencies.max() / 1e3,
        seen.firstError.replaceAll("[^\\x20-\\x7e]|[\"\\\\]", "."));
  }

  private Seen loop() throws InterruptedException {
    Seen seen = new Seen();
    long left = requestsEach;
    while (left > 0 && System.nanoTime() < deadlineNanos && seen.errors < MOST_ERRORS) {
      try (HttpConnection connection = HttpConnection.open(server, request)) {
        while (left > 0 && System.nanoTime() < deadlineNanos && seen.errors < MOST_ERRORS) {
          left--;
          exchange(connection, seen);
          if (connection.closing()) {
            break;
          }
        }
      } catch (IOException | RuntimeException e) {
        seen.error(e.toString());
        TimeUnit.MILLISECONDS.sleep(10);
      }
    }
    return seen;
  }

  private void exchange(HttpConnection connection, Seen seen) throws IOException {
    long sent = System.nanoTime();
    int status = connection.exchange();
    long nanos = System.nanoTime() - sent;
    if (status == 200 && connection.bodyIs(expected)) {
      seen.latencies.record(nanos);
    } else {
      seen.error(status + " " + connection.body());
    }
  }

  private static byte[] request(Command command) throws IOException {
    byte[] body = Files.readAllBytes(command.bodyFile);
    String head =
        command.method
            + " "
            + command.path
            + " HTTP/1.1\r\nHost: 127.0.0.1:"
            + command.port
            + "\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length
            + "\r\n\r\n";
    byte[] bytes =
        (head + new String(body, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
    return bytes;
  }
}
