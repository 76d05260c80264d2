package io.manymodels.calls;

import io.manymodels.bench.Histogram;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * Keeps a number of calls in flight, for some time, and checks that each comes back as it was.
 *
 * <p>Reads commands from standard input, {@code kind port in-flight seconds} separated by tabs, and
 * prints one line of JSON for each. Ends with its input.
 */
public final class Calls {
  private final Caller caller;
  private final byte[] frame;
  private final long endNanos;
  private final CountDownLatch running;
  private final Histogram latencies = new Histogram();
  private long errors;

  private Calls(Caller caller, byte[] frame, int inFlight, double seconds) {
    this.caller = caller;
    this.frame = frame;
    this.endNanos = System.nanoTime() + (long) (seconds * 1e9);
    this.running = new CountDownLatch(inFlight);
  }

  /** Runs commands until the input ends. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Map<String, Caller> callers = new HashMap<>();
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] fields = line.split("\t", -1);
      int port = Integer.parseInt(fields[1]);
      Caller caller = callers.computeIfAbsent(fields[0], kind -> caller(kind, port));
      int inFlight = Integer.parseInt(fields[2]);
      System.out.println(
          new Calls(caller, Frames.ofOneRow(), inFlight, Double.parseDouble(fields[3]))
              .run(inFlight));
      System.out.flush();
    }
    callers.values().forEach(Caller::close);
  }

  private static Caller caller(String kind, int port) {
    return switch (kind) {
      case "framed" -> new FramedCaller(port);
      case "grpc" -> new GrpcCaller(port);
      case "own" -> new OwnCaller(port, true);
      case "own-port" -> new OwnCaller(port, false);
      default -> throw new IllegalArgumentException("unknown kind " + kind);
    };
  }

  private String run(int inFlight) throws InterruptedException {
    long started = System.nanoTime();
    for (int i = 0; i < inFlight; i++) {
      next();
    }
    running.await();
    double seconds = (System.nanoTime() - started) / 1e9;
    synchronized (latencies) {
      return String.format(
          Locale.ROOT,
          "{\"calls\":%d,\"errors\":%d,\"seconds\":%.4f,\"rate\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f}",
          latencies.count(),
          errors,
          seconds,
          latencies.count() / seconds,
          latencies.quantile(0.5) / 1e3,
          latencies.quantile(0.99) / 1e3);
    }
  }

  private void next() {
    long sent = System.nanoTime();
    if (sent > endNanos) {
      running.countDown();
      return;
    }
    caller.call(
        frame,
        answer -> {
          long nanos = System.nanoTime() - sent;
          synchronized (latencies) {
            if (Arrays.equals(answer, frame)) {
              latencies.record(nanos);
            } else {
              errors++;
            }
          }
          if (answer == null) {
            running.countDown();
          } else {
            next();
          }
        });
  }
}
