package io.manymodels.deployment;

import io.manymodels.model.TenantId;
import io.manymodels.routing.CalledPredictions;
import io.manymodels.routing.PredictCodec;
import io.manymodels.routing.PredictRequest;
import io.manymodels.routing.ReplicaId;
import io.manymodels.tensor.Rows;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A Serve callable of the bench that calls a replica as a Dispatcher does by Ray, one call after
 * the other on each of some threads, and says how long that took. In this package because the Ray
 * client is not public.
 */
public final class RayCalls {
  private static final int MAX_WAIT_MILLIS = 10_000;

  private final RayReplicaClient client = new RayReplicaClient();
  private final ConcurrentMap<String, RayReplicaDirectory> directories = new ConcurrentHashMap<>();

  /**
   * Called by Serve: {@code "<application> <deployment> <calls> <tenant> <at a time>"} in, one line
   * of JSON out; never throws.
   */
  public String call(String text) {
    try {
      String[] words = text.replace("\"", "").strip().split(" ");
      List<ReplicaId> replicas = directory(words[0], words[1]).replicas(words[1]);
      if (replicas.isEmpty()) {
        return "{\"error\":\"no replica is known yet\"}";
      }
      return measure(
          replicas.get(0),
          Integer.parseInt(words[2]),
          new TenantId(words[3]),
          Integer.parseInt(words[4]));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "{\"error\":\"interrupted\"}";
    } catch (ExecutionException e) {
      return "{\"error\":\"" + e.getCause().getClass().getSimpleName() + "\"}";
    } catch (RuntimeException e) {
      return "{\"error\":\"" + e.getClass().getSimpleName() + "\"}";
    }
  }

  /** Called by Serve. */
  public boolean checkHealth() {
    return true;
  }

  private RayReplicaDirectory directory(String application, String deployment) {
    return directories.computeIfAbsent(
        application + "#" + deployment,
        key -> {
          RayReplicaDirectory fresh = new RayReplicaDirectory(application, List.of(deployment));
          fresh.start();
          return fresh;
        });
  }

  private String measure(ReplicaId replica, int calls, TenantId tenant, int inFlight)
      throws InterruptedException, ExecutionException {
    Rows rows = Rows.matrix(1, 4, new double[] {5.1, 3.5, 1.4, 0.2});
    byte[] frame = PredictCodec.encode(new PredictRequest(tenant, rows, MAX_WAIT_MILLIS));
    int each = Math.max(1, calls / inFlight);
    List<Callable<long[]>> callers =
        Collections.nCopies(inFlight, () -> callInTurn(replica, frame, each));
    ExecutorService threads =
        Executors.newFixedThreadPool(inFlight, task -> new Thread(task, "bench-call"));
    try {
      long started = System.nanoTime();
      List<Future<long[]>> done = threads.invokeAll(callers);
      double seconds = (System.nanoTime() - started) / 1e9;
      long[] nanos = new long[each * inFlight];
      for (int caller = 0; caller < inFlight; caller++) {
        System.arraycopy(done.get(caller).get(), 0, nanos, caller * each, each);
      }
      return json(nanos, seconds);
    } finally {
      threads.shutdownNow();
    }
  }

  private long[] callInTurn(ReplicaId replica, byte[] frame, int calls) {
    long[] nanos = new long[calls];
    for (int i = 0; i < calls; i++) {
      Deadline deadline = Deadline.after(Duration.ofMillis(MAX_WAIT_MILLIS), Ticker.SYSTEM);
      long started = System.nanoTime();
      byte[] reply = client.call(replica, CalledPredictions.PREDICT, frame, deadline);
      nanos[i] = System.nanoTime() - started;
      if (reply.length < 2) {
        throw new IllegalStateException("the replica does not hold the model");
      }
    }
    return nanos;
  }

  private static String json(long[] nanos, double seconds) {
    Arrays.sort(nanos);
    return String.format(
        Locale.ROOT,
        "{\"calls\":%d,\"errors\":0,\"seconds\":%.4f,\"rate\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f}",
        nanos.length,
        seconds,
        nanos.length / seconds,
        nanos[nanos.length / 2] / 1e3,
        nanos[nanos.length * 99 / 100] / 1e3);
  }
}
