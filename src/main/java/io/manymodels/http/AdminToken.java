package io.manymodels.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The token that admin calls must bear, when one is configured: in {@code MANY_MODELS_ADMIN_TOKEN},
 * or in the file that {@code MANY_MODELS_ADMIN_TOKEN_FILE} names. Immutable.
 */
final class AdminToken {
  private static final String VALUE = "MANY_MODELS_ADMIN_TOKEN";
  private static final String FILE = "MANY_MODELS_ADMIN_TOKEN_FILE";
  private static final String SCHEME = "Bearer ";

  private final byte @Nullable [] token;

  private AdminToken(byte @Nullable [] token) {
    this.token = token;
  }

  /** Throws {@link IllegalArgumentException} when the file cannot be read or the token is empty. */
  static AdminToken from(Map<String, String> environment) {
    @Nullable String value = environment.get(VALUE);
    @Nullable String file = environment.get(FILE);
    if (value == null && file != null) {
      try {
        value = Files.readString(Path.of(file));
      } catch (IOException e) {
        throw new IllegalArgumentException(FILE + ": the file cannot be read", e);
      }
    }
    if (value == null) {
      return new AdminToken(null);
    }
    if (value.isBlank()) {
      throw new IllegalArgumentException(VALUE + ": the token is empty");
    }
    return new AdminToken(value.strip().getBytes(UTF_8));
  }

  /** Throws {@code UNAUTHENTICATED} or {@code FORBIDDEN} unless the header bears the token. */
  void check(Optional<String> authorization) {
    if (token == null) {
      return;
    }
    String header = authorization.orElse("");
    if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      throw new ServingException(
          ErrorCode.UNAUTHENTICATED, "this call needs the header Authorization: Bearer <token>");
    }
    byte[] got = header.substring(SCHEME.length()).strip().getBytes(UTF_8);
    if (!MessageDigest.isEqual(got, token)) {
      throw new ServingException(ErrorCode.FORBIDDEN, "the token is not the one configured here");
    }
  }
}
