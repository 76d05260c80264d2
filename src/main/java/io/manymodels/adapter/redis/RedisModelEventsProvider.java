package io.manymodels.adapter.redis;

import io.manymodels.config.Environment;
import io.manymodels.registry.ModelEvents;
import io.manymodels.registry.ModelEventsProvider;
import io.manymodels.time.Ticker;
import java.net.URI;

/** Events at {@code redis://host:6379/0}; user and password come from the environment. */
public class RedisModelEventsProvider implements ModelEventsProvider {

  @Override
  public String scheme() {
    return RedisLocation.PLAIN;
  }

  @Override
  public final ModelEvents open(URI location) {
    return new RedisModelEvents(RedisEndpoint.of(location, Environment.ofProcess()), Ticker.SYSTEM);
  }

  /** Events at {@code rediss://host:6380/0}, over TLS. */
  public static final class Tls extends RedisModelEventsProvider {

    @Override
    public String scheme() {
      return RedisLocation.TLS;
    }
  }
}
