package io.manymodels.loading;

import io.manymodels.config.Environment;
import io.manymodels.config.OverflowConfig;
import io.manymodels.holding.OverflowModels;
import io.manymodels.json.Json;
import io.manymodels.loading.ArtifactTiers.Reads;
import io.manymodels.model.TenantId;
import io.manymodels.routing.PredictReply;
import io.manymodels.routing.PredictReply.Predicted;
import io.manymodels.routing.PredictRequest;
import io.manymodels.stores.Stores;
import io.manymodels.tensor.Rows;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What loading models costs in one replica of Deploymentx, without Ray. The stores are those of the
 * environment. Prints one JSON object.
 */
public final class Loading {
  private static final Rows ROW = Rows.matrix(1, 4, new double[] {5.1, 3.5, 1.4, 0.2});
  private static final OverflowConfig WIDE = new OverflowConfig(20_000, 4_096, 2, 20_000);

  private Loading() {}

  private interface Measurement {
    Map<String, Object> run() throws Exception;
  }

  /** {@code <what> <count>}. */
  public static void main(String[] arguments) throws Exception {
    int count = Integer.parseInt(arguments[1]);
    Measurement measurement =
        switch (arguments[0]) {
          case "together" -> () -> together(count);
          case "cold" -> () -> cold(count);
          case "memory" -> () -> memory(count, Integer.parseInt(arguments[2]));
          case "cycles" -> () -> cycles(count);
          default -> throw new IllegalArgumentException(arguments[0]);
        };
    System.out.println(Json.write(measurement.run()));
    // Loads and stores have threads; nobody waits for them.
    System.exit(0);
  }

  private static OverflowModels models(OverflowConfig config) {
    return new OverflowModels(new Stores(Environment.ofProcess()).models(), config, Ticker.SYSTEM);
  }

  private static long ask(OverflowModels models, int tenant) {
    long start = System.nanoTime();
    PredictReply reply =
        models.answer(new PredictRequest(new TenantId("tenant" + tenant), ROW, 30_000));
    if (!(reply instanceof Predicted)) {
      throw new IllegalStateException("tenant" + tenant + ": " + reply);
    }
    return System.nanoTime() - start;
  }

  /** Many requests for one cold model at once. */
  private static Map<String, Object> together(int count) throws Exception {
    OverflowModels models = models(WIDE);
    ask(models, 1);
    Reads before = models.loading().reads();
    CyclicBarrier start = new CyclicBarrier(count);
    AtomicInteger errors = new AtomicInteger();
    Callable<Void> one =
        () -> {
          start.await();
          try {
            ask(models, 2);
          } catch (IllegalStateException e) {
            errors.incrementAndGet();
          }
          return null;
        };
    ExecutorService threads = Executors.newFixedThreadPool(count);
    for (Future<Void> end : threads.invokeAll(Collections.nCopies(count, one))) {
      end.get();
    }
    Map<String, Object> result = new TreeMap<>();
    result.put("errors", errors.get());
    result.put("registry_reads", models.loading().reads().registry() - before.registry());
    result.put("models", models.size() - 1);
    return result;
  }

  /** The first answer of a cold model and the second one, medians in milliseconds; forests. */
  private static Map<String, Object> cold(int count) throws InterruptedException {
    OverflowModels filler = models(WIDE);
    OverflowModels models = models(WIDE);
    for (int i = 1; i <= 50; i++) {
      ask(models, 2 * (count + i));
    }
    double[] first = new double[count];
    double[] second = new double[count];
    Reads before = models.loading().reads();
    for (int i = 0; i < count; i++) {
      // So that a warm store has it.
      ask(filler, 2 * i + 2);
    }
    Thread.sleep(1_000);
    for (int i = 0; i < count; i++) {
      first[i] = ask(models, 2 * i + 2) / 1e6;
      second[i] = ask(models, 2 * i + 2) / 1e6;
    }
    Reads after = models.loading().reads();
    Map<String, Object> result = new TreeMap<>();
    result.put("cold_ms", quantile(first, 0.5));
    result.put("hot_ms", quantile(second, 0.5));
    result.put("warm_reads", after.warm() - before.warm());
    result.put("registry_reads", after.registry() - before.registry());
    return result;
  }

  /** Resident memory of this many models: every {@code step}th tenant. */
  private static Map<String, Object> memory(int count, int step) throws Exception {
    OverflowModels models = models(WIDE);
    int warm = 200;
    for (int i = 1; i <= warm; i++) {
      ask(models, i * step);
    }
    long weight = models.weightBytes();
    long before = resident();
    for (int i = warm + 1; i <= count; i++) {
      ask(models, i * step);
    }
    long after = resident();
    Map<String, Object> result = new TreeMap<>();
    result.put("models", models.size());
    result.put("rss_mib", after / (double) (1 << 20));
    result.put("accounted_by_growth", (models.weightBytes() - weight) / (double) (after - before));
    result.put("kib_a_model", (after - before) / 1024.0 / (count - warm));
    return result;
  }

  /** Resident memory before these cycles of loading and unloading and after them. */
  private static Map<String, Object> cycles(int count) throws Exception {
    OverflowModels models = models(new OverflowConfig(100, 4_096, 2, 1_000));
    AtomicInteger next = new AtomicInteger();
    long[] seen = new long[2];
    for (int part = 0; part < 2; part++) {
      // First so many that heap and allocator have the size that they keep.
      int until = part == 0 ? count / 3 : count / 3 + count;
      ExecutorService threads = Executors.newFixedThreadPool(4);
      List<Future<?>> ends = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        ends.add(
            threads.submit(
                () -> {
                  for (int i = next.getAndIncrement(); i < until; i = next.getAndIncrement()) {
                    ask(models, 1 + i % 10_000);
                  }
                }));
      }
      for (Future<?> end : ends) {
        end.get();
      }
      threads.shutdown();
      next.set(until);
      seen[part] = resident();
    }
    Map<String, Object> result = new TreeMap<>();
    result.put("rss_mib", seen[1] / (double) (1 << 20));
    result.put("drift", seen[1] / (double) seen[0] - 1);
    result.put("models", models.size());
    return result;
  }

  private static long resident() throws IOException {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
      }
    }
    throw new IOException("no VmRSS");
  }

  private static double quantile(double[] values, double q) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[Math.min(sorted.length - 1, (int) (q * sorted.length))];
  }
}
