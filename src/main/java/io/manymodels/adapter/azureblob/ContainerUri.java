package io.manymodels.adapter.azureblob;

import java.net.URI;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a registry lies: {@code azblob://ACCOUNT/CONTAINER[/PREFIX][?endpoint=URL]}.
 *
 * @param account the name of the storage account
 * @param container the name of the container
 * @param prefix of every blob's name: empty, or ends with a slash
 * @param endpoint of the account's blob service; null means the one of the public cloud, or the one
 *     that a connection string names
 */
record ContainerUri(String account, String container, String prefix, @Nullable URI endpoint) {
  static final String SCHEME = "azblob";

  /** A blob's name has at most 1024 characters; ours end with up to 240 of their own. */
  private static final int MAX_PREFIX = 512;

  private static final String SHAPE = "expected azblob://ACCOUNT/CONTAINER[/PREFIX][?endpoint=URL]";
  private static final String ENDPOINT = "endpoint=";
  private static final Pattern ACCOUNT = Pattern.compile("[a-z0-9]{3,24}");
  private static final Pattern CONTAINER = Pattern.compile("(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*");
  private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*");

  /**
   * Throws {@link IllegalArgumentException} with what is wrong, without the URI: somebody may have
   * put a secret into it.
   */
  static ContainerUri parse(URI location) {
    check(SCHEME.equalsIgnoreCase(location.getScheme()), "another scheme");
    check(
        location.getRawUserInfo() == null, "a user in it (credentials come from the environment)");
    check(location.getRawFragment() == null, "a fragment");
    @Nullable String account = location.getRawAuthority();
    check(
        account != null && ACCOUNT.matcher(account).matches(),
        "ACCOUNT that is not 3..24 of a-z 0-9");
    @Nullable String path = location.getRawPath();
    check(path != null && path.length() > 1, "no CONTAINER");
    String[] segments = path.substring(1).split("/", -1);
    check(
        CONTAINER.matcher(segments[0]).matches(),
        "CONTAINER that is not 3..63 of a-z 0-9 and single dashes between");
    return new ContainerUri(account, segments[0], prefix(segments), endpoint(location.getQuery()));
  }

  /** Its name in messages. */
  String store() {
    return SCHEME + " " + account + "/" + container;
  }

  /** The blob service to call when nothing else names one. */
  String serviceEndpoint() {
    return endpoint == null ? "https://" + account + ".blob.core.windows.net" : endpoint.toString();
  }

  private static String prefix(String[] segments) {
    int last = segments.length > 1 && segments[segments.length - 1].isEmpty() ? 1 : 0;
    StringBuilder prefix = new StringBuilder();
    for (int i = 1; i < segments.length - last; i++) {
      check(
          SEGMENT.matcher(segments[i]).matches(),
          "PREFIX of which a part is not A-Z a-z 0-9 . _ - or starts with a dot");
      prefix.append(segments[i]).append('/');
    }
    check(prefix.length() <= MAX_PREFIX, "PREFIX of more than " + MAX_PREFIX + " characters");
    return prefix.toString();
  }

  private static @Nullable URI endpoint(@Nullable String query) {
    if (query == null) {
      return null;
    }
    check(
        query.startsWith(ENDPOINT) && query.indexOf('&') < 0,
        "a query other than endpoint=URL (credentials come from the environment)");
    URI endpoint;
    try {
      endpoint = URI.create(query.substring(ENDPOINT.length()));
    } catch (IllegalArgumentException e) {
      throw refused("an endpoint that is no URL");
    }
    check(
        "https".equals(endpoint.getScheme()) || "http".equals(endpoint.getScheme()),
        "an endpoint that is neither https nor http");
    check(
        endpoint.getHost() != null
            && endpoint.getRawUserInfo() == null
            && endpoint.getRawQuery() == null
            && endpoint.getRawFragment() == null,
        "an endpoint that is not host, port and path alone");
    return endpoint;
  }

  private static void check(boolean right, String complaint) {
    if (!right) {
      throw refused(complaint);
    }
  }

  private static IllegalArgumentException refused(String complaint) {
    return new IllegalArgumentException(SHAPE + ", got " + complaint);
  }
}
