package io.manymodels.adapter.memory;

import io.manymodels.artifact.ArtifactStore;
import io.manymodels.artifact.ArtifactStoreProvider;
import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Stores at {@code memory:<capacity>MiB}, as {@code memory:256MiB}; each opening is a new one. */
public final class InMemoryArtifactStoreProvider implements ArtifactStoreProvider {
  private static final Pattern CAPACITY = Pattern.compile("memory:([1-9][0-9]{0,6})MiB");

  @Override
  public String scheme() {
    return "memory";
  }

  @Override
  public ArtifactStore open(URI location) {
    Matcher capacity = CAPACITY.matcher(location.toString());
    if (!capacity.matches()) {
      throw new IllegalArgumentException("expected a URI as memory:256MiB, got " + location);
    }
    return new InMemoryArtifactStore(Long.parseLong(capacity.group(1)) << 20);
  }
}
