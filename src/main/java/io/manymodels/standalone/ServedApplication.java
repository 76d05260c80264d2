package io.manymodels.standalone;

import io.manymodels.config.ApplicationConfig;
import io.manymodels.config.HotConfig;
import io.manymodels.json.UserConfigJson;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;

/**
 * The application that is to be served: its deployments and their user_configs.
 *
 * @param userConfigs JSON by deployment; a deployment that is not among them has the defaults
 * @param skipped names of settings that only Ray knows, as {@code num_replicas}
 */
public record ServedApplication(
    ApplicationConfig application, SortedMap<String, String> userConfigs, List<String> skipped) {
  /** As src/main/python/manymodels/application.py has it, which builds the application for Ray. */
  static final int DEFAULT_HOT_DEPLOYMENTS = 10;

  static final int MAX_HOT_DEPLOYMENTS = 1_000;

  private static final String HOT_PREFIX = "Deployment";

  public ServedApplication {
    userConfigs = Collections.unmodifiableSortedMap(new TreeMap<>(userConfigs));
    skipped = List.copyOf(skipped);
  }

  /**
   * @param hotDeployments {@code 1..1000}
   */
  static ApplicationConfig application(int hotDeployments) {
    return new ApplicationConfig(
        "many-models",
        IntStream.rangeClosed(1, hotDeployments).mapToObj(i -> HOT_PREFIX + i).toList(),
        "Deploymentx",
        "SharedMemory",
        "Dispatcher");
  }

  /** The user_config of a deployment as JSON. */
  String userConfig(String deployment) {
    return userConfigs.getOrDefault(deployment, "{}");
  }

  /**
   * The memory of models, in MiB, that all deployments with a bound may take together. A
   * user_config that is refused counts for nothing.
   */
  public long modelsMib() {
    long sum = 0;
    for (String name : application.hot()) {
      int mib = bound(() -> UserConfigJson.hot(userConfig(name)).capacityMib());
      sum += mib == HotConfig.MAX_CAPACITY_MIB ? 0 : mib;
    }
    String overflow = application.overflow();
    return sum + bound(() -> UserConfigJson.overflow(userConfig(overflow)).capacityMib());
  }

  private static int bound(IntSupplier capacityMib) {
    try {
      return capacityMib.getAsInt();
    } catch (IllegalArgumentException e) {
      return 0;
    }
  }

  /** The names of all deployments. */
  List<String> deployments() {
    List<String> names = new ArrayList<>(application.holding());
    names.add(application.sharedMemory());
    names.add(application.dispatcher());
    return names;
  }
}
