package io.manymodels.adapter.redis;

import io.manymodels.config.Environment;
import io.manymodels.placement.PlacementStore;
import io.manymodels.placement.PlacementStoreProvider;
import io.manymodels.time.Ticker;
import java.net.URI;

/** Placement stores at {@code redis://host:6379/0}; user and password come from the environment. */
public class RedisPlacementStoreProvider implements PlacementStoreProvider {

  @Override
  public String scheme() {
    return RedisLocation.PLAIN;
  }

  @Override
  public final PlacementStore open(URI location) {
    return new RedisPlacementStore(
        RedisEndpoint.of(location, Environment.ofProcess()), Ticker.SYSTEM);
  }

  /** Placement stores at {@code rediss://host:6380/0}, over TLS. */
  public static final class Tls extends RedisPlacementStoreProvider {

    @Override
    public String scheme() {
      return RedisLocation.TLS;
    }
  }
}
