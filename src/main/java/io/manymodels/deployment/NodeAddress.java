package io.manymodels.deployment;

import io.ray.api.Ray;
import io.ray.api.id.UniqueId;

/** The address by which Ray knows this node: what other nodes can reach. Stateless. */
public final class NodeAddress {
  private NodeAddress() {}

  /** Asks Ray. Throws {@link IllegalStateException} when it does not know its own node. */
  public static String ofThisNode() {
    UniqueId here = Ray.getRuntimeContext().getCurrentNodeId();
    return Ray.getRuntimeContext().getAllNodeInfo().stream()
        .filter(node -> node.nodeId.equals(here))
        .map(node -> node.nodeAddress)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("Ray does not know the node " + here));
  }
}
