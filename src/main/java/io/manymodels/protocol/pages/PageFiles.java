package io.manymodels.protocol.pages;

import io.manymodels.http.HttpResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The files of pages, which are in the jar, and how they are answered. Stateless. */
public final class PageFiles {
  /** The header that says what a page may use. */
  public static final String POLICY_NAME = "content-security-policy";

  /** Nothing but what comes from this server; pictures stand in the style sheet. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private PageFiles() {}

  /** Reads a file of the jar, whose path begins with a slash. */
  public static byte[] read(String resource) {
    try (InputStream in = open(resource)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(resource, e);
    }
  }

  static InputStream open(String resource) {
    @Nullable InputStream in = PageFiles.class.getResourceAsStream(resource);
    if (in == null) {
      throw new IllegalStateException("the jar is not complete: it has no " + resource);
    }
    return in;
  }

  /**
   * 200 with a file that may use nothing but what comes from this server.
   *
   * @param name whose ending says what it is: html, css or js
   * @param caching how long a browser may keep it, as in {@code Cache-Control}
   */
  public static HttpResponse answer(String name, String caching, byte[] body) {
    return answerAs(contentType(name), caching, body);
  }

  /** As {@link #answer}, of any content type. */
  public static HttpResponse answerAs(String contentType, String caching, byte[] body) {
    Map<String, String> headers =
        Map.of(
            POLICY_NAME,
            POLICY,
            "x-content-type-options",
            "nosniff",
            "referrer-policy",
            "no-referrer",
            "cache-control",
            caching);
    return new HttpResponse(200, contentType, headers, body);
  }

  private static String contentType(String name) {
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "html" -> "text/html; charset=utf-8";
      case "css" -> "text/css";
      case "js" -> "text/javascript";
      default -> throw new IllegalArgumentException("no content type is known for " + name);
    };
  }
}
