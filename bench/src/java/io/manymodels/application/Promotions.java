package io.manymodels.application;

import io.manymodels.config.Environment;
import io.manymodels.holding.HotReport;
import io.manymodels.holding.RunJournal;
import io.manymodels.json.Json;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.rehearsal.Rehearsal;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.PredictRequest;
import io.manymodels.routing.Predictor;
import io.manymodels.stores.Stores;
import io.manymodels.tensor.Rows;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A hot replica without Ray, which is told by lines on standard input to load models and to tell
 * how long its predictions took meanwhile; {@code bench/measuring/promotions_bench.py} tells it.
 * Each answer is one line of JSON. The stores and the rehearsal are those of the environment.
 */
public final class Promotions {
  private static final Rows ROW = Rows.matrix(1, 4, new double[] {5.1, 3.5, 1.4, 0.2});
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int MAX_SAMPLES = 4_000_000;

  private final HotReplica replica;
  private final long[] latencies = new long[MAX_SAMPLES];
  private volatile int count;
  private long commands;

  private Promotions(HotReplica replica) {
    this.replica = replica;
  }

  /** Without arguments. */
  public static void main(String[] arguments) throws Exception {
    Environment environment = Environment.ofProcess();
    Stores stores = new Stores(environment);
    Promotions promotions =
        new Promotions(new HotReplica("Deployment1", stores.models(), RunJournal.NONE));
    Rehearsal.of(environment, stores::apart, Rehearsal.Part.HOT).await();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      System.out.println(Json.write(promotions.answer(line.split("\t"))));
    }
    System.exit(0);
  }

  private Map<String, Object> answer(String[] told) throws Exception {
    return switch (told[0]) {
      case "use" -> use();
      case "load" -> load(List.of(told).subList(1, told.length));
      case "ask" -> ask(Integer.parseInt(told[1]), List.of(told).subList(2, told.length));
      case "window" -> window(Double.parseDouble(told[1]), told.length > 2 ? told[2] : "");
      default -> throw new IllegalArgumentException(told[0]);
    };
  }

  /** What the process has used since it started. */
  private static Map<String, Object> use() throws IOException {
    Map<String, Object> use = new TreeMap<>();
    use.put("cpu_ms", ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis());
    use.put("rss_mib", resident() / (double) (1 << 20));
    use.put("compile_ms", ManagementFactory.getCompilationMXBean().getTotalCompilationTime());
    use.put("up_ms", ManagementFactory.getRuntimeMXBean().getUptime());
    return use;
  }

  private static long resident() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
      }
    }
    throw new IOException("no VmRSS");
  }

  /** Promotes these tenants, as SharedMemory commands it. */
  private Map<String, Object> load(List<String> names) {
    List<TenantId> tenants = names.stream().map(TenantId::new).toList();
    Generation command = new Generation(1, ++commands);
    long start = System.nanoTime();
    HotReport report = replica.load(tenants, command, Deadline.after(PATIENCE, Ticker.SYSTEM));
    long took = System.nanoTime() - start;
    for (TenantId tenant : tenants) {
      if (!report.holds(tenant)) {
        throw new IllegalStateException("not loaded: " + report.refused());
      }
    }
    return Map.of("load_ms", took / 1e6);
  }

  /** Asks these in turn from now on, so often a second, on one thread as an event loop does. */
  private Map<String, Object> ask(int rate, List<String> names) {
    List<PredictRequest> requests = new ArrayList<>();
    names.forEach(name -> requests.add(new PredictRequest(new TenantId(name), ROW, 30_000)));
    Thread asking = new Thread(() -> ask(rate, replica.predictor(), requests), "asking");
    asking.setDaemon(true);
    asking.start();
    return Map.of();
  }

  private void ask(int rate, Predictor predictor, List<PredictRequest> requests) {
    long period = TimeUnit.SECONDS.toNanos(1) / rate;
    long due = System.nanoTime();
    for (int i = 0; i < MAX_SAMPLES; i++) {
      due += period;
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      if (!(predictor.answer(requests.get(i % requests.size())) instanceof Predicted)) {
        throw new IllegalStateException("no prediction");
      }
      // From when it was due: a stall delays all that come meanwhile.
      latencies[i] = System.nanoTime() - due;
      count = i + 1;
    }
  }

  /**
   * Latencies from now on for so many seconds, in which the tenant is promoted, if one is named.
   */
  private Map<String, Object> window(double seconds, String promoted) {
    int from = count;
    long end = System.nanoTime() + (long) (seconds * 1e9);
    Map<String, Object> result = new TreeMap<>();
    if (!promoted.isEmpty()) {
      result.putAll(load(List.of(promoted)));
    }
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    result.put("us", Arrays.stream(latencies, from, count).map(nanos -> nanos / 1_000).toArray());
    return result;
  }
}
