package io.manymodels.adapter.redis;

import io.manymodels.artifact.ArtifactStore;
import io.manymodels.artifact.ArtifactStoreProvider;
import io.manymodels.config.Environment;
import io.manymodels.time.Ticker;
import java.net.URI;

/** Artifact stores at {@code redis://host:6379/0}; user and password come from the environment. */
public class RedisArtifactStoreProvider implements ArtifactStoreProvider {

  @Override
  public String scheme() {
    return RedisLocation.PLAIN;
  }

  @Override
  public final ArtifactStore open(URI location) {
    return new RedisArtifactStore(
        RedisEndpoint.of(location, Environment.ofProcess()), Ticker.SYSTEM);
  }

  /** Artifact stores at {@code rediss://host:6380/0}, over TLS. */
  public static final class Tls extends RedisArtifactStoreProvider {

    @Override
    public String scheme() {
      return RedisLocation.TLS;
    }
  }
}
