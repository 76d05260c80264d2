package io.manymodels.http;

import io.manymodels.config.Environment;
import io.manymodels.config.Setting;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which web pages' scripts may call (the Fetch standard, "CORS protocol"): those of the origins in
 * {@link Setting#CORS_ORIGINS}. It only tells browsers; who may ask for what is decided elsewhere.
 * Cookies are never used, so they are not asked for. Immutable.
 */
public final class Cors {
  /** No page may. */
  public static final Cors OFF = new Cors(Set.of());

  private static final String ANY = "*";
  private static final String ORIGIN = "origin";
  private static final String ALLOW_ORIGIN = "access-control-allow-origin";
  private static final String METHOD = "access-control-request-method";

  private static final Map<String, String> PREFLIGHT =
      Map.of(
          "access-control-allow-methods", "GET, HEAD, POST",
          "access-control-allow-headers",
              "authorization, content-encoding, content-type, inference-header-content-length,"
                  + " x-api-key, x-request-id, x-request-timeout-ms",
          "access-control-max-age", "600");

  private static final String EXPOSED =
      "content-encoding, inference-header-content-length, retry-after, x-request-id";

  private final Set<String> origins;

  private Cors(Set<String> origins) {
    this.origins = Set.copyOf(origins);
  }

  /** Throws {@link IllegalArgumentException} when one is no origin; names the variable. */
  public static Cors from(Environment environment) {
    return environment.text(Setting.CORS_ORIGINS).map(Cors::of).orElse(OFF);
  }

  private static Cors of(String list) {
    Set<String> origins = new TreeSet<>();
    for (String each : list.split(",", -1)) {
      String origin = each.strip().toLowerCase(Locale.ROOT);
      if (!origin.equals(ANY) && !isOrigin(origin)) {
        throw new IllegalArgumentException(
            Setting.CORS_ORIGINS.variable()
                + ": '"
                + each.strip()
                + "' is not * or an origin such as https://app.example.com");
      }
      origins.add(origin);
    }
    return new Cors(origins);
  }

  private static boolean isOrigin(String text) {
    try {
      URI uri = new URI(text);
      return uri.getHost() != null
          && text.equals(uri.getScheme() + "://" + uri.getRawAuthority())
          && uri.getUserInfo() == null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /** The answer to a browser that asks whether a call would be allowed; null to other requests. */
  @Nullable HttpResponse preflight(IngressRequest request) {
    if (origins.isEmpty()
        || !request.method().equals("OPTIONS")
        || request.header(METHOD).isEmpty()
        || allowed(request).isEmpty()) {
      return null;
    }
    return add(request, new HttpResponse(204, "text/plain", PREFLIGHT, ""));
  }

  /** The answer, with what a browser needs to show it to the page that asked. */
  HttpResponse add(IngressRequest request, HttpResponse response) {
    if (origins.isEmpty()) {
      return response;
    }
    HttpResponse varying = origins.contains(ANY) ? response : response.varyingBy(ORIGIN);
    return allowed(request)
        .map(
            origin ->
                varying.with(ALLOW_ORIGIN, origin).with("access-control-expose-headers", EXPOSED))
        .orElse(varying);
  }

  /** The value of the header that allows the request's origin. */
  private Optional<String> allowed(IngressRequest request) {
    return request
        .header(ORIGIN)
        .filter(
            origin -> origins.contains(ANY) || origins.contains(origin.toLowerCase(Locale.ROOT)))
        .map(origin -> origins.contains(ANY) ? ANY : origin);
  }
}
