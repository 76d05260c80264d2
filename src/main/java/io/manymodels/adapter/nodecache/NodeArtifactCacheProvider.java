package io.manymodels.adapter.nodecache;

import io.manymodels.artifact.ArtifactCache;
import io.manymodels.artifact.ArtifactCacheProvider;
import io.manymodels.time.Ticker;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Caches at {@code file:/absolute/folder?mib=256}, as {@code file:/dev/shm/many-models/artifacts}:
 * {@code mib} is what the folder may hold, 1 to 1048576 MiB, and 256 when it is not there. Where
 * that folder cannot be used, or its file system is smaller, the cache is in a folder below {@code
 * java.io.tmpdir}.
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
    List<CacheFolder> folders =
        Stream.of(folder(location), fallback()).distinct().map(CacheFolder::new).toList();
    return new NodeArtifactCache(
        folders, bytes(location), NodeArtifactCache.DEFAULT_WAIT, Ticker.SYSTEM);
  }

  private static Path fallback() {
    String user = System.getProperty("user.name", "").replaceAll("\\W", "_");
    return Path.of(System.getProperty("java.io.tmpdir", "/tmp"), "many-models-cache-" + user)
        .toAbsolutePath()
        .normalize();
  }

  private static Path folder(URI location) {
    @Nullable String path = location.getPath();
    if (!"file".equalsIgnoreCase(location.getScheme())
        || path == null
        || !path.startsWith("/")
        || location.getRawAuthority() != null
        || location.getRawFragment() != null) {
      throw unfit(location);
    }
    try {
      // By a URI, because on Windows the path is /C:/folder, which only a URI may say.
      Path folder = Path.of(new URI("file", null, path.replaceFirst("^/+", "/"), null)).normalize();
      if (folder.getNameCount() > 0) {
        return folder;
      }
    } catch (URISyntaxException | IllegalArgumentException e) {
      // As any other that does not name a folder.
    }
    throw unfit(location);
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
