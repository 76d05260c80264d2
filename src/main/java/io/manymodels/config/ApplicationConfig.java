package io.manymodels.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The deployments of the application by their Serve names, as the application builder passed them.
 *
 * @param application the Serve application
 * @param hot the hot deployments, in order, at least one
 * @param overflow the deployment that serves every tenant that is not placed
 * @param sharedMemory the deployment that owns the placement table
 * @param dispatcher the ingress
 */
public record ApplicationConfig(
    String application, List<String> hot, String overflow, String sharedMemory, String dispatcher) {

  /** Throws {@link IllegalArgumentException} when a name is missing, empty or there twice. */
  public ApplicationConfig {
    required("application", application);
    required("hot", hot);
    required("overflow", overflow);
    required("shared_memory", sharedMemory);
    required("dispatcher", dispatcher);
    hot = List.copyOf(hot);
    if (hot.isEmpty()) {
      throw new IllegalArgumentException("key 'hot': at least one hot deployment is needed");
    }
    Set<String> names = new HashSet<>(hot);
    names.addAll(List.of(overflow, sharedMemory, dispatcher));
    if (names.size() != hot.size() + 3 || names.contains("") || application.isEmpty()) {
      throw new IllegalArgumentException("deployment names must be different and not empty");
    }
  }

  /** The deployments whose replicas hold models. */
  public List<String> holding() {
    List<String> deployments = new ArrayList<>(hot);
    deployments.add(overflow);
    return List.copyOf(deployments);
  }

  private static void required(String key, @Nullable Object value) {
    if (value == null) {
      throw new IllegalArgumentException("key '" + key + "': missing");
    }
  }
}
