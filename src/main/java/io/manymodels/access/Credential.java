package io.manymodels.access;

import java.util.Optional;

/** Where a request carries what proves who sent it. Stateless. */
final class Credential {
  private static final String SCHEME = "Bearer ";

  private Credential() {}

  /**
   * What follows {@code Bearer} in {@code Authorization}, which may be empty, or {@code X-API-Key};
   * nothing when there is neither.
   */
  static Optional<String> find(Optional<String> authorization, Optional<String> apiKey) {
    if (authorization.isEmpty()) {
      return apiKey.map(String::strip);
    }
    String header = authorization.get();
    return header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        ? Optional.of(header.substring(SCHEME.length()).strip())
        : Optional.empty();
  }
}
