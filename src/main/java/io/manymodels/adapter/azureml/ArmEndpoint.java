package io.manymodels.adapter.azureml;

import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Which Azure Resource Manager is asked, and in which words.
 *
 * @param authority host, or host and port, lower case
 * @param apiVersion of the REST API, as {@code 2024-10-01}
 */
record ArmEndpoint(String authority, String apiVersion) {
  static final String PUBLIC = "https://management.azure.com";
  static final String DEFAULT_API_VERSION = "2024-10-01";
  private static final Pattern API_VERSION = Pattern.compile("\\d{4}-\\d{2}-\\d{2}(-preview)?");

  /** Throws {@link IllegalArgumentException} on what is no API version. */
  ArmEndpoint {
    if (!API_VERSION.matcher(apiVersion).matches()) {
      throw new IllegalArgumentException("api-version: expected a date as " + DEFAULT_API_VERSION);
    }
  }

  /** Throws {@link IllegalArgumentException} unless it is {@code https://host[:port]}. */
  static ArmEndpoint of(String endpoint, String apiVersion) {
    URI uri = URI.create(endpoint);
    if (!"https".equals(uri.getScheme())
        || uri.getHost() == null
        || uri.getRawUserInfo() != null
        || !uri.getRawPath().matches("/?")
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null) {
      throw new IllegalArgumentException("arm: expected https://host, as " + PUBLIC);
    }
    return new ArmEndpoint(uri.getRawAuthority().toLowerCase(Locale.ROOT), apiVersion);
  }

  /** The scope that tokens are asked for. */
  String scope() {
    return "https://" + authority + "/.default";
  }

  /** The URL of a resource. {@code query} is empty or starts with an ampersand. */
  String url(String path, String query) {
    return "https://" + authority + path + "?api-version=" + apiVersion + query;
  }

  /** Whether a link that this endpoint gave stays with it. */
  boolean owns(URI link) {
    return "https".equalsIgnoreCase(link.getScheme())
        && authority.equalsIgnoreCase(link.getRawAuthority());
  }
}
