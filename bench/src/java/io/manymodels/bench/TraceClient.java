package io.manymodels.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Replays a trace of tenants over POST /score: each connection takes the next request of the trace
 * when it has the answer to its last one, so that requests are sent in the trace's order.
 *
 * <p>Reads commands from standard input, one a line, fields separated by tabs, and prints one line
 * of JSON for each:
 *
 * <pre>port  connections  seconds  trace-file  result-file</pre>
 *
 * The trace has a tenant and the number that its model predicts for the row {@code [0]} in every
 * line, separated by a comma. A command ends with the trace; if seconds is not 0, it ends after the
 * seconds and begins the trace again if need be. An answer other than 200 by exactly the tenant's
 * model is an error. The result file ({@code -} for none) has a line {@code
 * millis,tenant,status,deployment} for each request in the order of sending. Ends with its input.
 */
public final class TraceClient {
  private static final int FIELDS = 5;
  private static final int MOST_ERRORS_EACH = 1_000;
  private static final String ANSWER_HEAD = "{\"deployment\":\"";
  private static final String OVERFLOW = "Deploymentx";
  private static final String NOBODY = "-";
  private static final int OK = 200;

  private final InetSocketAddress server;
  private final List<Question> trace;
  private final long startedNanos;
  private final long deadlineNanos;
  private final boolean again;
  private final ConcurrentMap<String, String> deployments = new ConcurrentHashMap<>();
  private int taken;

  private TraceClient(Command command) throws IOException {
    server = new InetSocketAddress("127.0.0.1", command.port);
    trace = read(command.trace, command.port);
    startedNanos = System.nanoTime();
    again = command.seconds > 0;
    deadlineNanos = again ? startedNanos + (long) (command.seconds * 1e9) : Long.MAX_VALUE;
  }

  private record Command(int port, int connections, double seconds, Path trace, String results) {
    static Command parse(String line) {
      String[] fields = line.split("\t", -1);
      if (fields.length != FIELDS) {
        throw new IllegalArgumentException("expected " + FIELDS + " fields, got " + fields.length);
      }
      return new Command(
          Integer.parseInt(fields[0]),
          Integer.parseInt(fields[1]),
          Double.parseDouble(fields[2]),
          Path.of(fields[3]),
          fields[4]);
    }
  }

  /** What is asked for a tenant, and how the only right answer ends. */
  private record Question(String tenant, byte[] request, String answerTail) {
    static Question of(String line, int port) {
      int comma = line.indexOf(',');
      String tenant = line.substring(0, comma);
      String body = "{\"tenant\":\"" + tenant + "\",\"data\":[[0]]}";
      String request =
          "POST /score HTTP/1.1\r\nHost: 127.0.0.1:"
              + port
              + "\r\nContent-Type: application/json\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n"
              + body;
      String tail =
          "\",\"model\":\""
              + tenant
              + "\",\"version\":1,\"prediction\":["
              + Double.parseDouble(line.substring(comma + 1))
              + "]}";
      return new Question(tenant, request.getBytes(StandardCharsets.US_ASCII), tail);
    }

    /** The deployment that answered; empty when this is not the right answer. */
    String deployment(String body) {
      int end = body.length() - answerTail.length();
      boolean right =
          end > ANSWER_HEAD.length() && body.startsWith(ANSWER_HEAD) && body.endsWith(answerTail);
      return right ? body.substring(ANSWER_HEAD.length(), end) : "";
    }
  }

  /** A request that is about to be sent. */
  private record Turn(int number, int millis, Question question) {}

  private record Sent(Turn turn, int status, String deployment) {}

  /** What one connection saw. */
  private static final class Seen {
    final Histogram latencies = new Histogram();
    final List<Sent> sent = new ArrayList<>();
    long errors;
    long hits;
    String firstError = "";

    void add(Seen other) {
      latencies.add(other.latencies);
      sent.addAll(other.sent);
      errors += other.errors;
      hits += other.hits;
      firstError = firstError.isEmpty() ? other.firstError : firstError;
    }

    void error(Turn turn, int status, String text) {
      sent.add(new Sent(turn, status, NOBODY));
      if (errors++ == 0) {
        firstError = turn.question.tenant + ": " + text;
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
        System.out.println(run(Command.parse(line), threads));
        System.out.flush();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static List<Question> read(Path file, int port) throws IOException {
    Map<String, Question> questions = new HashMap<>();
    List<Question> trace = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      trace.add(questions.computeIfAbsent(line, text -> Question.of(text, port)));
    }
    if (trace.isEmpty()) {
      throw new IllegalArgumentException(file + " is empty");
    }
    return trace;
  }

  private static String run(Command command, ExecutorService threads) throws Exception {
    TraceClient client = new TraceClient(command);
    List<Callable<Seen>> loops = new ArrayList<>();
    for (int i = 0; i < command.connections; i++) {
      loops.add(() -> client.loop(!command.results.equals(NOBODY)));
    }
    List<Future<Seen>> done = threads.invokeAll(loops);
    double seconds = (System.nanoTime() - client.startedNanos) / 1e9;
    Seen all = new Seen();
    for (Future<Seen> future : done) {
      all.add(future.get());
    }
    if (!command.results.equals(NOBODY)) {
      write(all.sent, Path.of(command.results));
    }
    return json(all, seconds);
  }

  private static void write(List<Sent> sent, Path file) throws IOException {
    sent.sort(Comparator.comparingInt(one -> one.turn.number));
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (Sent one : sent) {
        out.write(
            one.turn.millis
                + ","
                + one.turn.question.tenant
                + ","
                + one.status
                + ","
                + one.deployment);
        out.write('\n');
      }
    }
  }

  private static String json(Seen seen, double seconds) {
    Histogram latencies = seen.latencies;
    return String.format(
        Locale.ROOT,
        "{\"seconds\":%.4f,\"requests\":%d,\"hits\":%d,\"errors\":%d,\"rate\":%.2f,"
            + "\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,\"first_error\":\"%s\"}",
        seconds,
        latencies.count(),
        seen.hits,
        seen.errors,
        latencies.count() / seconds,
        latencies.quantile(0.5) / 1e3,
        latencies.quantile(0.9) / 1e3,
        latencies.quantile(0.99) / 1e3,
        latencies.max() / 1e3,
        seen.firstError.replaceAll("[^\\x20-\\x7e]|[\"\\\\]", "."));
  }

  /** The next request and the moment, so that moments follow the order; number -1 at the end. */
  private synchronized Turn next() {
    long now = System.nanoTime();
    boolean ended = now >= deadlineNanos || !again && taken == trace.size();
    int number = ended ? -1 : taken++;
    int millis = (int) TimeUnit.NANOSECONDS.toMillis(now - startedNanos);
    return new Turn(number, millis, trace.get(Math.max(0, number) % trace.size()));
  }

  private Seen loop(boolean keep) throws InterruptedException {
    Seen seen = new Seen();
    Turn turn = next();
    while (turn.number >= 0 && seen.errors < MOST_ERRORS_EACH) {
      try (HttpConnection connection = HttpConnection.open(server, new byte[0])) {
        while (turn.number >= 0 && seen.errors < MOST_ERRORS_EACH) {
          exchange(connection, turn, seen, keep);
          turn = next();
          if (connection.closing()) {
            break;
          }
        }
      } catch (IOException | RuntimeException e) {
        seen.error(turn, 0, e.toString());
        TimeUnit.MILLISECONDS.sleep(10);
        turn = next();
      }
    }
    return seen;
  }

  private void exchange(HttpConnection connection, Turn turn, Seen seen, boolean keep)
      throws IOException {
    long sent = System.nanoTime();
    int status = connection.exchange(turn.question.request);
    long nanos = System.nanoTime() - sent;
    String body = connection.body();
    String deployment = status == OK ? turn.question.deployment(body) : "";
    if (deployment.isEmpty()) {
      seen.error(turn, status, status + " " + body);
      return;
    }
    seen.latencies.record(nanos);
    seen.hits += deployment.equals(OVERFLOW) ? 0 : 1;
    if (keep) {
      String shared = deployments.computeIfAbsent(deployment, name -> name);
      seen.sent.add(new Sent(turn, status, shared));
    }
  }
}
