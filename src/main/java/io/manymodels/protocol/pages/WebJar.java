package io.manymodels.protocol.pages;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** A library for pages as a WebJar, whose version pom.xml pins. Thread-safe. */
public final class WebJar {
  private final String group;
  private final String name;

  /** Read when it is first needed; part of the paths. */
  private volatile @Nullable String version;

  /**
   * @param group of its Maven coordinates
   * @param name likewise
   */
  public WebJar(String group, String name) {
    this.group = group;
    this.name = name;
  }

  /** Reads one of its files, such as {@code dist/library.js}. */
  public byte[] file(String path) {
    return PageFiles.read("/META-INF/resources/webjars/" + name + "/" + version() + "/" + path);
  }

  private String version() {
    @Nullable String known = version;
    if (known == null) {
      known = readVersion();
      version = known;
    }
    return known;
  }

  private String readVersion() {
    String resource = "/META-INF/maven/" + group + "/" + name + "/pom.properties";
    Properties properties = new Properties();
    try (InputStream in = PageFiles.open(resource)) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(resource, e);
    }
    return properties.getProperty("version", "");
  }
}
