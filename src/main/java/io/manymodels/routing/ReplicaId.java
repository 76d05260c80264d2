package io.manymodels.routing;

/**
 * One replica of a deployment.
 *
 * @param deployment its Serve name
 * @param name unique among all replicas that ever were; a restarted replica has a new one
 */
public record ReplicaId(String deployment, String name) {

  @Override
  public String toString() {
    return name;
  }
}
