package io.manymodels.standalone;

import io.manymodels.json.Json;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The configuration when none is given: it names no tenant, and its sizes follow from the memory
 * and the processors of the machine. Stateless.
 */
public final class MachineDefaults {
  private static final long MIB = 1 << 20;

  /** The last two of ten, as in deploy/rayservice.yaml. */
  private static final int DEDICATED = 2;

  /** The models of one deployment; all together are as many as answers to /score list. */
  private static final int PLACES = 10;

  /** The part of the memory that is for models; the rest is for the JVM, requests and caches. */
  private static final double MODELS_SHARE = 0.5;

  /** The part of that for Deploymentx; the rest is shared by the hot deployments. */
  private static final double OVERFLOW_SHARE = 0.5;

  /** The smallest models take some 35 KiB. */
  private static final int OVERFLOW_MODELS_PER_MIB = 16;

  private static final int MAX_OVERFLOW_MODELS = 1_000_000;
  private static final int MAX_LOAD_THREADS = 16;
  private static final int IN_FLIGHT_PER_PROCESSOR = 64;
  private static final int MAX_IN_FLIGHT = 4_096;

  private MachineDefaults() {}

  /**
   * @param memoryBytes that the process may have
   * @param processors that it may use
   */
  public static ServedApplication of(long memoryBytes, int processors) {
    var application = ServedApplication.application(ServedApplication.DEFAULT_HOT_DEPLOYMENTS);
    long modelsMib = Math.max(64, (long) (memoryBytes * MODELS_SHARE / MIB));
    int overflowMib = mib(modelsMib * OVERFLOW_SHARE);
    int hotMib = mib(modelsMib * (1 - OVERFLOW_SHARE) / application.hot().size());
    SortedMap<String, String> configs = new TreeMap<>();
    int number = 0;
    for (String name : application.hot()) {
      number++;
      boolean dedicated = number > application.hot().size() - DEDICATED;
      configs.put(
          name,
          Json.write(
              Map.of(
                  "pool",
                  dedicated ? "dedicated" : "dynamic",
                  "capacity",
                  PLACES,
                  "capacity_mib",
                  hotMib)));
    }
    configs.put(
        application.overflow(),
        Json.write(
            Map.of(
                "capacity",
                Math.min(MAX_OVERFLOW_MODELS, overflowMib * OVERFLOW_MODELS_PER_MIB),
                "capacity_mib",
                overflowMib,
                "load_threads",
                Math.min(MAX_LOAD_THREADS, Math.max(2, processors)))));
    int inFlight = Math.min(MAX_IN_FLIGHT, IN_FLIGHT_PER_PROCESSOR * Math.max(2, processors));
    configs.put(
        application.dispatcher(),
        Json.write(Map.of("max_in_flight", inFlight, "max_in_flight_per_tenant", inFlight / 2)));
    return new ServedApplication(application, configs, List.of());
  }

  /** Within what the key takes. */
  private static int mib(double wanted) {
    return (int) Math.min(1 << 20, Math.max(1, wanted));
  }
}
