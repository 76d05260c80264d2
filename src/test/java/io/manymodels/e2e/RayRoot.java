package io.manymodels.e2e;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * A running Ray cluster. {@code ./many-models test} starts one and names it in system properties.
 */
final class RayRoot implements Root {
  private static final Duration REPLACED = Duration.ofSeconds(60);

  /** Made when the first test asks for it. */
  private static final class Holder {
    static final RayRoot RUNNING = new RayRoot();
  }

  private final URI base;
  private final Path folder;
  private final String token;
  private final Dashboard dashboard;

  private RayRoot() {
    this.base = URI.create(property("mm.baseUrl"));
    this.folder = Path.of(property("mm.instanceDir"));
    this.token = read(Path.of(property("mm.adminTokenFile"))).strip();
    this.dashboard = new Dashboard(URI.create(property("mm.dashboardUrl")));
  }

  /** Whether there is a cluster. */
  static boolean isThere() {
    return System.getProperty("mm.baseUrl") != null;
  }

  /** The one cluster; fails when there is none. */
  static RayRoot running() {
    return Holder.RUNNING;
  }

  /** The Dispatchers' own port. */
  static URI direct() {
    return URI.create(property("mm.directUrl"));
  }

  /** Ray Serve's proxy in Python, which HAProxy falls back to. */
  static URI pythonProxy() {
    return URI.create(property("mm.pythonProxyUrl"));
  }

  private static String property(String name) {
    @Nullable String value = System.getProperty(name);
    if (value == null || value.isBlank() || value.startsWith("${")) {
      throw new IllegalStateException(
          "system property "
              + name
              + " is not set: this test needs a Ray cluster, `./many-models test` starts one");
    }
    return value;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalStateException("cannot read " + file, e);
    }
  }

  Dashboard dashboard() {
    return dashboard;
  }

  @Override
  public URI base() {
    return base;
  }

  @Override
  public String grpc() {
    return property("mm.grpcAddress");
  }

  @Override
  public Path folder() {
    return folder;
  }

  @Override
  public String token() {
    return token;
  }

  @Override
  public int dispatchers() {
    return 2;
  }

  @Override
  public SortedMap<String, SortedSet<Long>> processes() {
    return dashboard.pids();
  }

  @Override
  public void configure(Map<String, String> userConfigs) {
    dashboard.deploy(userConfigs);
  }

  @Override
  public void restoreConfiguration() {
    dashboard.restore();
  }

  @Override
  public void awaitReady() {
    dashboard.awaitHealthy();
  }

  @Override
  public void kill(String deployment) {
    long pid = dashboard.pids().get(deployment).first();
    if (!ProcessHandle.of(pid).orElseThrow().destroyForcibly()) {
      throw new AssertionError("cannot kill " + pid);
    }
    Await.until(
        "there is another one",
        REPLACED,
        () -> {
          @Nullable SortedSet<Long> now = dashboard.pids().get(deployment);
          return now != null && !now.isEmpty() && !now.contains(pid);
        });
    dashboard.awaitHealthy();
  }
}
