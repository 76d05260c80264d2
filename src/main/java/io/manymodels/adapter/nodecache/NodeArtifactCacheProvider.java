package io.manymodels.adapter.nodecache;

import io.manymodels.artifact.ArtifactCache;
import io.manymodels.artifact.ArtifactCacheProvider;
import io.manymodels.time.Ticker;
import java.net.URI;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Caches at {@code file:/absolute/folder?mib=256}, as {@code file:/dev/shm/many-models/artifacts}:
 * {@code mib} is what the folder may hold, 1 to 1048576 MiB, and 256 when it is not there.
 */
public final class NodeArtifactCacheProvider implements ArtifactCacheProvider {
  private static final int DEFAULT_MIB = 256;
  private static final int MAX_MIB = 1 << 20;
  private static final Pattern MIB = Pattern.compile("mib=([1-9][0-9]{0,6})");

  @Override
  public String scheme() {
    return "file";
  }

  @Override
  public ArtifactCache open(URI location) {
    return new NodeArtifactCache(
        folder(location), bytes(location), NodeArtifactCache.DEFAULT_WAIT, Ticker.SYSTEM);
  }

  private static Path folder(URI location) {
    @Nullable String path = location.getPath();
    if (!"file".equalsIgnoreCase(location.getScheme())
        || path == null
        || !path.startsWith("/")
        || path.indexOf('\0') >= 0
        || Path.of(path).getNameCount() == 0
        || location.getRawAuthority() != null
        || location.getRawFragment() != null) {
      throw unfit(location);
    }
    return Path.of(path).normalize();
  }

  private static long bytes(URI location) {
    @Nullable String query = location.getRawQuery();
    if (query == null) {
      return (long) DEFAULT_MIB << 20;
    }
    Matcher mib = MIB.matcher(query);
    if (!mib.matches() || Integer.parseInt(mib.group(1)) > MAX_MIB) {
      throw unfit(location);
    }
    return Long.parseLong(mib.group(1)) << 20;
  }

  private static IllegalArgumentException unfit(URI location) {
    return new IllegalArgumentException(
        "expected file:/absolute/folder?mib=256 with 1 to " + MAX_MIB + " MiB, got " + location);
  }
}
