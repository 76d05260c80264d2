package io.manymodels.protocol.openapi;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** The files of the page: our own, and Swagger UI's, whose WebJar pom.xml pins. Stateless. */
final class PageFiles {
  private static final String OWN = "/openapi/";
  private static final String VIEWER = "/META-INF/resources/webjars/swagger-ui/";
  private static final String VIEWERS_VERSION =
      "/META-INF/maven/org.webjars/swagger-ui/pom.properties";

  private PageFiles() {}

  static byte[] own(String name) {
    return read(OWN + name);
  }

  static byte[] viewer(String name) {
    return read(VIEWER + Version.NUMBER + "/" + name);
  }

  private static byte[] read(String resource) {
    try (InputStream in = open(resource)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(resource, e);
    }
  }

  private static InputStream open(String resource) {
    @Nullable InputStream in = PageFiles.class.getResourceAsStream(resource);
    if (in == null) {
      throw new IllegalStateException("the jar is not complete: it has no " + resource);
    }
    return in;
  }

  /** Read when it is first needed; part of the paths in the WebJar. */
  private static final class Version {
    static final String NUMBER = read();

    private static String read() {
      Properties properties = new Properties();
      try (InputStream in = open(VIEWERS_VERSION)) {
        properties.load(in);
      } catch (IOException e) {
        throw new UncheckedIOException(VIEWERS_VERSION, e);
      }
      return properties.getProperty("version", "");
    }
  }
}
